# Needs: team, replay, vector, transpose, arguments, product, elementwise
"""The forward pass of dense layers.

`product` multiplies the matrices, and takes the weights as [feature][output]. A task transposes the weights of its
outputs, `TERMS` features at a time, into scratch on its stack, where they stay in the first-level cache while up to
`FORWARD_ROWS` samples are multiplied by them. Loop order: block of outputs, block of rows (samples), block of features,
then that of `product`. Sums go to a second scratch, so that they may fill whole vectors; bias and ReLU are applied on
the way from there to y. Transposing takes as long as `TRANSPOSING` samples. Without it each sum would be made along the
features, and the lanes of a vector be added for each output. Microseconds on one core for 64 samples, without
transposing in brackets: 784 to 128 features 87 (112), 128 to 64 8 (18), 16 to 16 0.3 (1.7), 1568 to 10 32 (24).

For few samples the transposed weights stay in registers: a task transposes a square of weights of one vector of
outputs, and multiplies all samples by it. Microseconds on one core for 784 to 128 features, with scratch in brackets:
1 sample 9.9 (13.9), 4 samples 12.5 (14.7), 8 samples 20 (20), 16 samples 31 (30).

The terms of a sum are always added in the order of the features, so that a sample's outputs have the same bits alone
and in a batch.
"""

cdef enum:
    # A task of the forward product: at most so many rows by `TILE_VECTORS` vectors of outputs.
    FORWARD_ROWS = 64
    FORWARD_OUTPUTS = TILE_VECTORS * LANES
    TRANSPOSING = 16
    FEW_ROWS = 6  # up to so many samples are multiplied while the weights are in registers

cdef struct Dense:
    const real* x
    const real* weight
    const real* bias
    real* y
    Py_ssize_t rows, features, outputs, task_rows, row_tasks
    real slope  # of the ReLU behind the layer; 1 for none


cdef inline inlined_void transpose_weight_square(
    const Dense* d, Py_ssize_t output, Py_ssize_t outputs, Py_ssize_t term, vec* columns
) noexcept nogil:
    """Write columns[i][k] = weight[output + min(k, outputs - 1), term + i] for i and k below `LANES`."""
    cdef vec[LANES] rows
    cdef Py_ssize_t k
    for k in range(LANES):
        rows[k] = load(d.weight + (output + min(k, outputs - 1)) * d.features + term)
    transpose_square(rows, columns)


cdef inline void gather_weight_column(
    const Dense* d, Py_ssize_t output, Py_ssize_t outputs, Py_ssize_t term, real* column
) noexcept nogil:
    """Write column[k] = weight[output + min(k, outputs - 1), term] for k below `LANES`."""
    cdef Py_ssize_t k
    for k in range(LANES):
        column[k] = d.weight[(output + min(k, outputs - 1)) * d.features + term]


cdef void transpose_weights(
    const Dense* d, Py_ssize_t output, Py_ssize_t outputs, Py_ssize_t first, Py_ssize_t terms, real* transposed,
    Py_ssize_t pitch,
) noexcept nogil:
    """Write transposed[t, k] = weight[output + min(k, outputs - 1), first + t] for t < ``terms`` and k < ``pitch``."""
    cdef vec[LANES] columns
    cdef Py_ssize_t k = 0, t, i
    while k < pitch:
        t = 0
        while t + LANES <= terms:
            transpose_weight_square(d, output + k, outputs - k, first + t, columns)
            for i in range(LANES):
                store(transposed + (t + i) * pitch + k, columns[i])
            t += LANES
        while t < terms:
            gather_weight_column(d, output + k, outputs - k, first + t, transposed + t * pitch + k)
            t += 1
        k += LANES


cdef void dense_task(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute the block of samples by outputs of task ``index``; the weights are transposed into scratch."""
    cdef Dense* d = <Dense*> arguments
    cdef Py_ssize_t row = index % d.row_tasks * d.task_rows, output = index // d.row_tasks * FORWARD_OUTPUTS
    cdef Py_ssize_t rows = min(d.task_rows, d.rows - row)
    cdef Py_ssize_t outputs = min(<Py_ssize_t> FORWARD_OUTPUTS, d.outputs - output), pitch = round_up(outputs)
    cdef Py_ssize_t[FORWARD_ROWS] row_offset
    cdef Py_ssize_t[TERMS] w_term
    cdef Py_ssize_t[TERMS] b_term
    cdef real[TERMS * FORWARD_OUTPUTS + LANES] transposed
    cdef real[FORWARD_ROWS * FORWARD_OUTPUTS + LANES] sums
    cdef Product product
    cdef Py_ssize_t first = 0, n, k
    for n in range(rows):
        row_offset[n] = n * d.features
    for k in range(min(<Py_ssize_t> TERMS, d.features)):
        w_term[k], b_term[k] = k, k * pitch
    product.row, product.w_term, product.b_term, product.out_stride = row_offset, w_term, b_term, pitch
    while first < d.features:
        product.terms = min(<Py_ssize_t> TERMS, d.features - first)
        transpose_weights(d, output, outputs, first, product.terms, to_line(transposed), pitch)
        multiply(
            &product, rows, pitch // LANES, d.x + row * d.features + first, to_line(transposed), to_line(sums), NULL,
            first > 0,
        )
        first += TERMS
    write_outputs(d, row, rows, output, outputs, to_line(sums), pitch)


cdef void few_rows_task(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute a vector of outputs for up to `FEW_ROWS` samples; the weights are transposed in registers."""
    cdef Dense* d = <Dense*> arguments
    cdef Py_ssize_t output = index * LANES, outputs = min(<Py_ssize_t> LANES, d.outputs - output), t = 0, n, i
    cdef vec[FEW_ROWS] sums
    cdef vec[LANES] columns
    cdef real[LANES] column
    cdef vec sum
    cdef const real* x
    for n in range(d.rows):
        sums[n] = broadcast(0)
    while t + LANES <= d.features:
        transpose_weight_square(d, output, outputs, t, columns)
        x = d.x + t
        for n in range(d.rows):
            sum = sums[n]
            for i in range(LANES):
                sum += x[i] * columns[i]
            sums[n] = sum
            x += d.features
        t += LANES
    while t < d.features:
        gather_weight_column(d, output, outputs, t, column)
        for n in range(d.rows):
            sums[n] += d.x[n * d.features + t] * load(column)
        t += 1
    write_outputs(d, 0, d.rows, output, outputs, <real*> sums, LANES)


cdef void write_outputs(
    const Dense* d, Py_ssize_t row, Py_ssize_t rows, Py_ssize_t output, Py_ssize_t outputs, const real* sums,
    Py_ssize_t pitch,
) noexcept nogil:
    """Write y = relu(sums + bias) for a block of rows and outputs; rows of sums are ``pitch`` numbers apart."""
    cdef const real* bias = d.bias + output
    cdef Py_ssize_t _, k
    cdef real* y = d.y + row * d.outputs + output
    for _ in range(rows):
        if d.bias == NULL:
            for k in range(outputs):
                y[k] = sums[k]
        else:
            for k in range(outputs):
                y[k] = sums[k] + bias[k]
        if d.slope != 1:
            leaky_relu(y, y, d.slope, outputs, y)
        y += d.outputs
        sums += pitch


cdef inline real* to_line(real* place) noexcept nogil:
    """Return the first address, not before ``place``, that is a multiple of a vector's size in bytes."""
    return <real*> ((<size_t> place + LANES * sizeof(real) - 1) // (LANES * sizeof(real)) * (LANES * sizeof(real)))


def dense_forward(x, weight, bias, *, y):
    cdef Dense d = read_dense(x, weight, bias, 1, y)
    perform(dense, &d, sizeof(d))


def dense_relu_forward(x, weight, bias, double slope, *, y):
    cdef Dense d = read_dense(x, weight, bias, <real> slope, y)
    perform(dense, &d, sizeof(d))


cdef Dense read_dense(object x, object weight, object bias, real slope, object y) except *:
    """Return a struct with all that a dense layer reads and writes."""
    cdef Array samples = input_of(x, 2), weights = input_of(weight, 2)
    cdef Dense d
    d.x, d.weight, d.bias, d.y = samples.data, weights.data, input_or_none(bias, 1).data, output_of(y, 2).data
    d.rows, d.features, d.outputs, d.slope = samples.shape[0], samples.shape[1], weights.shape[0], slope
    return d


cdef int dense(void* arguments) except -1 nogil:
    """Compute the output y of a dense layer, with ReLU."""
    cdef Dense* d = <Dense*> arguments
    cdef Py_ssize_t blocks, tasks, threads
    cdef Task task = dense_task
    if d.rows <= FEW_ROWS:
        task, tasks = few_rows_task, round_up(d.outputs) // LANES
        threads = thread_count(tasks, (d.rows + TRANSPOSING) * d.outputs * d.features)
    else:
        blocks = (d.outputs + FORWARD_OUTPUTS - 1) // FORWARD_OUTPUTS
        threads = thread_count(d.rows * blocks, (d.rows + TRANSPOSING) * d.outputs * d.features)
        # Cut one block too into a task for each thread; but transposing must not take most of a task's time.
        d.task_rows = min(
            max((d.rows * blocks + threads - 1) // threads, <Py_ssize_t> TRANSPOSING), <Py_ssize_t> FORWARD_ROWS
        )
        d.row_tasks = (d.rows + d.task_rows - 1) // d.task_rows
        tasks = d.row_tasks * blocks
    return run(task, d, tasks, min(threads, tasks))
