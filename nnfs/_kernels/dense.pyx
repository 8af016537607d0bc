"""Dense layers, forward and backward.

Forward. Loop order: block of outputs, block of rows, then input features. Both matrices run along the features, so a
block of four rows by four outputs holds sixteen sums of lanes, and loads eight vectors for sixteen multiply-adds;
lanes are added up at the end. Backward, both gradients are products whose rows lie as they are in memory: see
`product`.

No matrix is packed. Only the last columns, where they do not fill a vector, are copied to scratch with zeros behind
them (both factors, so that no infinity meets a zero).
"""

cdef enum:
    BLOCK = 4
    # A task of the backward products: rows by columns (in vectors).
    TASK_ROWS = 16
    TASK_VECTORS = 8
    # A task of the forward product: rows by outputs. Eight rows of up to so many features fit the first-level cache.
    FORWARD_OUTPUTS = 32
    SHORT_ROW = 1024

cdef struct Dense:
    const real* x
    const real* weight
    const real* bias
    real* y
    Py_ssize_t rows, features, outputs, row_tasks, task_rows
    Py_ssize_t whole  # features that fill vectors
    real* x_tail
    real* weight_tail
    bint relu  # whether what is negative becomes 0


cdef inline inlined_void dot_block(
    const Dense* d, Py_ssize_t n, Py_ssize_t k, const Py_ssize_t ROWS, const Py_ssize_t OUTPUTS
) noexcept nogil:
    cdef vec[BLOCK][BLOCK] total  # as many as the lanes of the widest vector, or twice or four times as many
    cdef vec[BLOCK] weights
    cdef vec pixels
    cdef const real* x = d.x + n * d.features
    cdef const real* weight = d.weight + k * d.features
    cdef const real* x_tail = d.x_tail + n * LANES
    cdef const real* weight_tail = d.weight_tail + k * LANES
    cdef Py_ssize_t features = d.features, whole = d.whole, i, a, b
    cdef real[BLOCK * BLOCK] sums
    cdef real sum
    for a in range(ROWS):
        for b in range(OUTPUTS):
            total[a][b] = broadcast(0)
    for i in range(whole // LANES):
        for b in range(OUTPUTS):
            weights[b] = load(weight + b * features + i * LANES)
        for a in range(ROWS):
            pixels = load(x + a * features + i * LANES)
            for b in range(OUTPUTS):
                total[a][b] += weights[b] * pixels
    if whole < features:
        for a in range(ROWS):
            for b in range(OUTPUTS):
                total[a][b] += load(weight_tail + b * LANES) * load(x_tail + a * LANES)
    if ROWS * OUTPUTS == BLOCK * BLOCK:
        for i in range(BLOCK * BLOCK // LANES):
            store(sums + i * LANES, sum_each(&total[0][0] + i * LANES))
    else:
        for a in range(ROWS):
            for b in range(OUTPUTS):
                sums[a * OUTPUTS + b] = sum_lanes(total[a][b])
    for a in range(ROWS):
        for b in range(OUTPUTS):
            sum = sums[a * OUTPUTS + b] + (d.bias[k + b] if d.bias else 0)
            d.y[(n + a) * d.outputs + k + b] = 0 if d.relu and sum <= 0 else sum


cdef void dense_task(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    cdef Dense* d = <Dense*> arguments
    cdef Py_ssize_t row = index % d.row_tasks * d.task_rows, output = index // d.row_tasks * FORWARD_OUTPUTS
    cdef Py_ssize_t last_row = min(row + d.task_rows, d.rows), last_output = min(output + FORWARD_OUTPUTS, d.outputs)
    cdef Py_ssize_t n, k = output
    while k + BLOCK <= last_output:
        n = row
        while n + BLOCK <= last_row:
            dot_block(d, n, k, BLOCK, BLOCK)
            n += BLOCK
        while n < last_row:
            dot_block(d, n, k, 1, BLOCK)
            n += 1
        k += BLOCK
    while k < last_output:
        n = row
        while n + BLOCK <= last_row:
            dot_block(d, n, k, BLOCK, 1)
            n += BLOCK
        while n < last_row:
            dot_block(d, n, k, 1, 1)
            n += 1
        k += 1


cdef void copy_tail(const real* matrix, Py_ssize_t rows, Py_ssize_t columns, real* tail) noexcept nogil:
    """Copy the last columns, those behind the whole vectors, of each row to the head of a zeroed vector."""
    cdef Py_ssize_t whole = columns // LANES * LANES, r, i
    for r in range(rows):
        for i in range(columns - whole):
            tail[r * LANES + i] = matrix[r * columns + whole + i]


def dense_forward(
    const real[:, ::1] x not None, const real[:, ::1] weight not None, const real[::1] bias, *, real[:, ::1] y not None
):
    cdef Dense d
    d.relu = False
    dense(&d, x, weight, bias, y)


def dense_relu_forward(
    const real[:, ::1] x not None, const real[:, ::1] weight not None, const real[::1] bias, *, real[:, ::1] y not None
):
    cdef Dense d
    d.relu = True
    dense(&d, x, weight, bias, y)


cdef object dense(
    Dense* d, const real[:, ::1] x, const real[:, ::1] weight, const real[::1] bias, real[:, ::1] y
):
    """Fill all of d but ``relu``, and run."""
    cdef Py_ssize_t tasks
    cdef real* scratch = NULL
    d.rows, d.features, d.outputs = x.shape[0], x.shape[1], weight.shape[0]
    if d.rows == 0:
        return
    d.x, d.weight, d.y = &x[0, 0], &weight[0, 0], &y[0, 0]
    d.bias = NULL
    if bias is not None:
        d.bias = &bias[0]
    d.whole = d.features // LANES * LANES
    d.task_rows = 8 if d.features <= SHORT_ROW else 16
    d.row_tasks = (d.rows + d.task_rows - 1) // d.task_rows
    tasks = d.row_tasks * ((d.outputs + FORWARD_OUTPUTS - 1) // FORWARD_OUTPUTS)
    if d.whole < d.features:
        scratch = <real*> new_scratch((d.rows + d.outputs) * LANES * sizeof(real))
    try:
        with nogil:
            d.x_tail, d.weight_tail = scratch, scratch + d.rows * LANES
            if scratch != NULL:
                copy_tail(d.x, d.rows, d.features, d.x_tail)
                copy_tail(d.weight, d.outputs, d.features, d.weight_tail)
            run(dense_task, d, tasks, share(tasks, d.rows * d.outputs * (d.features + LANES)))
    finally:
        free(scratch)


cdef struct Matrices:
    Product product
    const real* w
    const real* b
    real* out
    Py_ssize_t rows, columns, row_tasks
    bint add
    real* b_tail
    real* out_tail


cdef void multiply_task(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Do `TASK_ROWS` rows by `TASK_VECTORS` vectors of the product; the last task of a row does its tail."""
    cdef Matrices* m = <Matrices*> arguments
    cdef Product product = m.product
    cdef Py_ssize_t row = index % m.row_tasks * TASK_ROWS, vector = index // m.row_tasks * TASK_VECTORS
    cdef Py_ssize_t rows = min(<Py_ssize_t> TASK_ROWS, m.rows - row)
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


cdef object multiply_matrices(
    Matrices* m, Py_ssize_t terms, Py_ssize_t row_step, Py_ssize_t term_step
):
    """Fill m.out (rows, columns) with (or add) sum over t of w[r * row_step + t * term_step] * b[t * columns + c]."""
    cdef Py_ssize_t whole = m.columns // LANES, tasks, i, entries = m.rows + 3 * terms
    cdef bint ragged = whole * LANES < m.columns
    cdef Py_ssize_t* table = <Py_ssize_t*> new_scratch(
        entries * sizeof(Py_ssize_t) + 64 + ((m.rows + terms) * LANES * sizeof(real) if ragged else 0)
    )
    m.row_tasks = (m.rows + TASK_ROWS - 1) // TASK_ROWS
    tasks = m.row_tasks * max((whole + TASK_VECTORS - 1) // TASK_VECTORS, <Py_ssize_t> 1)
    try:
        with nogil:
            for i in range(m.rows):
                table[i] = i * row_step
            for i in range(terms):
                table[m.rows + i] = i * term_step
                table[m.rows + terms + i] = i * LANES  # of the tail, right behind w_term
                table[m.rows + 2 * terms + i] = i * m.columns
            m.product.terms = terms
            m.product.row, m.product.w_term = table, table + m.rows
            m.product.b_term, m.product.out_stride = table + m.rows + 2 * terms, m.columns
            if ragged:
                m.b_tail = <real*> after_table(table, entries)
                m.out_tail = m.b_tail + terms * LANES
                copy_tail(m.b, terms, m.columns, m.b_tail)
            run(multiply_task, m, tasks, share(tasks, m.rows * m.columns * terms))
    finally:
        free(table)


def dense_backward_input(
    const real[:, ::1] dy not None, const real[:, ::1] weight not None, *, real[:, ::1] dx not None
):
    cdef Matrices m
    m.rows, m.columns, m.add = dx.shape[0], dx.shape[1], False
    if m.rows == 0:
        return
    m.w, m.b, m.out = &dy[0, 0], &weight[0, 0], &dx[0, 0]
    multiply_matrices(&m, dy.shape[1], dy.shape[1], 1)


def dense_backward_params(
    const real[:, ::1] x not None, const real[:, ::1] dy not None, *, real[:, ::1] dweight not None, real[::1] dbias
):
    cdef Matrices m
    cdef Py_ssize_t n, k
    if x.shape[0] == 0:
        return
    m.rows, m.columns, m.add = dweight.shape[0], dweight.shape[1], True
    m.w, m.b, m.out = &dy[0, 0], &x[0, 0], &dweight[0, 0]
    multiply_matrices(&m, x.shape[0], 1, dy.shape[1])
    if dbias is not None:
        with nogil:
            for n in range(dy.shape[0]):
                for k in range(dy.shape[1]):
                    dbias[k] += dy[n, k]
