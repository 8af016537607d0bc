# Needs: team, replay, vector, arguments, product, elementwise
"""The gradients of a dense layer: dx = dy weight, dweight += dy' x, and dbias += the sum of dy over the batch.

Loop order: block of rows by columns of the result (a task), then that of `product`. The rows of both factors lie in
memory as `product` wants them. Only the last columns are copied, if they do not fill a vector. The block of columns
that a task reads stays in the second-level cache for all its rows.
"""

cdef enum:
    # Sizes of a task: rows of dx, rows of dweight, and vectors of columns. Each task for dx reads a block of weights,
    # often larger than a cache: with 16 rows a task dx took 1.2 times as long for 4096 to 256 features, and 1.4 times
    # for 1024 to 1024.
    INPUT_ROWS = 64
    PARAMS_ROWS = 16
    TASK_VECTORS = 8

cdef struct Matrices:
    Product product
    const real* w
    const real* b
    real* out
    Py_ssize_t rows, columns, task_rows, row_tasks  # task_rows: rows of a task; row_tasks: tasks that share a row
    bint add
    real* b_tail  # the last columns of b, and of out, those behind the whole vectors
    real* out_tail


cdef void copy_tail(const real* matrix, Py_ssize_t rows, Py_ssize_t columns, real* tail) noexcept nogil:
    """Copy the last columns of a matrix, those behind the whole vectors, to ``tail``, a vector for each row.

    The rest of each vector is not written.
    """
    cdef Py_ssize_t whole = columns // LANES * LANES, r, i
    for r in range(rows):
        for i in range(columns - whole):
            tail[r * LANES + i] = matrix[r * columns + whole + i]


cdef void multiply_task(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute ``task_rows`` rows by `TASK_VECTORS` vectors of a product; a row's last task takes the last columns."""
    cdef Matrices* m = <Matrices*> arguments
    cdef Product product = m.product
    cdef Py_ssize_t row = index // m.row_tasks * m.task_rows, vector = index % m.row_tasks * TASK_VECTORS
    cdef Py_ssize_t rows = min(m.task_rows, m.rows - row)
    cdef Py_ssize_t whole = m.columns // LANES, tail = m.columns - whole * LANES, r
    cdef real* out = m.out + row * m.columns
    product.row += row
    multiply(
        &product, rows, min(<Py_ssize_t> TASK_VECTORS, whole - vector), m.w, m.b + vector * LANES, out + vector * LANES,
        NULL, m.add,
    )
    if tail == 0 or vector + TASK_VECTORS < whole:
        return
    out += whole * LANES
    product.b_term = product.w_term + product.terms
    product.out_stride = LANES
    for r in range(rows):
        memcpy(m.out_tail + (row + r) * LANES, out + r * m.columns, tail * sizeof(real))
    multiply(&product, rows, 1, m.w, m.b_tail, m.out_tail + row * LANES, NULL, m.add)
    for r in range(rows):
        memcpy(out + r * m.columns, m.out_tail + (row + r) * LANES, tail * sizeof(real))


cdef int multiply_matrices(
    Matrices* m, Py_ssize_t terms, Py_ssize_t row_step, Py_ssize_t term_step
) except -1 nogil:
    """Compute m.out (m.rows, m.columns), the product of two matrices; if m.add, add the product to it.

    m.out[r, c] = sum over t < terms of m.w[r * row_step + t * term_step] * m.b[t * m.columns + c]
    """
    cdef Py_ssize_t whole = m.columns // LANES, tasks, i, entries = m.rows + 3 * terms
    cdef bint ragged = whole * LANES < m.columns
    cdef Py_ssize_t* table = <Py_ssize_t*> zeroed_scratch(
        entries * sizeof(Py_ssize_t) + 64 + ((m.rows + terms) * LANES * sizeof(real) if ragged else 0)
    )
    m.row_tasks = max((whole + TASK_VECTORS - 1) // TASK_VECTORS, <Py_ssize_t> 1)
    tasks = m.row_tasks * ((m.rows + m.task_rows - 1) // m.task_rows)
    try:
        for i in range(m.rows):
            table[i] = i * row_step
        for i in range(terms):
            table[m.rows + i] = i * term_step
            table[m.rows + terms + i] = i * LANES  # b_term for the last columns, right behind w_term
            table[m.rows + 2 * terms + i] = i * m.columns
        m.product.terms = terms
        m.product.row, m.product.w_term = table, table + m.rows
        m.product.b_term, m.product.out_stride = table + m.rows + 2 * terms, m.columns
        if ragged:
            m.b_tail = <real*> after_table(table, entries)
            m.out_tail = m.b_tail + terms * LANES
            copy_tail(m.b, terms, m.columns, m.b_tail)
        return run(multiply_task, m, tasks, thread_count(tasks, m.rows * m.columns * terms))
    finally:
        free(table)


cdef struct Gradients:
    Py_ssize_t rows, features, outputs
    const real* x
    const real* dy
    const real* weight
    const real* y  # the output of the ReLU behind the layer
    real slope
    real* dweight
    real* dbias
    real* dx


cdef int add_params_gradient(void* arguments) except -1 nogil:
    """Add dy' x to dweight, and the sum of dy over the batch to dbias, which may be NULL."""
    cdef const Gradients* g = <Gradients*> arguments
    cdef Matrices m
    cdef Py_ssize_t _, k
    cdef const real* dy = g.dy
    cdef real* dbias = g.dbias
    if g.rows == 0:
        return 0
    m.rows, m.columns, m.task_rows, m.add = g.outputs, g.features, PARAMS_ROWS, True
    m.w, m.b, m.out = dy, g.x, g.dweight
    multiply_matrices(&m, g.rows, 1, g.outputs)
    if dbias != NULL:
        for _ in range(g.rows):
            for k in range(g.outputs):
                dbias[k] += dy[k]
            dy += g.outputs
    return 0


cdef int write_input_gradient(void* arguments) except -1 nogil:
    """Write dx = dy weight."""
    cdef const Gradients* g = <Gradients*> arguments
    cdef Matrices m
    if g.rows == 0:
        return 0
    m.rows, m.columns, m.task_rows, m.add = g.rows, g.features, INPUT_ROWS, False
    m.w, m.b, m.out = g.dy, g.weight, g.dx
    return multiply_matrices(&m, g.outputs, g.outputs, 1)


cdef int dense_relu_gradients(void* arguments) except -1 nogil:
    """Compute all gradients of a dense layer with ReLU; dx may be NULL."""
    cdef Gradients g = (<Gradients*> arguments)[0]
    cdef real* gradient = <real*> zeroed_scratch(g.rows * g.outputs * sizeof(real))
    try:
        leaky_relu(g.dy, g.y, g.slope, g.rows * g.outputs, gradient)
        g.dy = gradient
        add_params_gradient(&g)
        return write_input_gradient(&g) if g.dx != NULL else 0
    finally:
        free(gradient)


cdef Gradients read_gradients(object dy, object x) except *:
    """Return a struct with dy, x and their sizes filled; for ``x`` the caller may give dx, which has its shape."""
    cdef Array gradient = input_of(dy, 2), samples = input_of(x, 2)
    cdef Gradients g
    g.rows, g.outputs, g.features = gradient.shape[0], gradient.shape[1], samples.shape[1]
    g.dy, g.x = gradient.data, samples.data
    return g


def dense_backward_input(dy, weight, *, dx):
    cdef Gradients g = read_gradients(dy, dx)
    g.weight, g.dx = input_of(weight, 2).data, output_of(dx, 2).data
    perform(write_input_gradient, &g, sizeof(g))


def dense_backward_params(x, dy, *, dweight, dbias):
    cdef Gradients g = read_gradients(dy, x)
    g.dweight, g.dbias = output_of(dweight, 2).data, output_or_none(dbias, 1).data
    perform(add_params_gradient, &g, sizeof(g))


def dense_relu_backward(dy, x, weight, y, double slope, *, dweight, dbias, dx):
    cdef Gradients g = read_gradients(dy, x)
    g.y, g.slope = input_of(y, 2).data, <real> slope
    g.weight, g.dx = input_of(weight, 2).data, output_or_none(dx, 2).data
    g.dweight, g.dbias = output_of(dweight, 2).data, output_or_none(dbias, 1).data
    perform(dense_relu_gradients, &g, sizeof(g))
