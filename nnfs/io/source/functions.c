/* The functions that nnfs.io.c copies into its files: those that a network needs. x is one sample. No function keeps
   anything; where x and y are not restrict, they may be one array. real is float or double; real_exp is expf or exp. */

/* A window that slides over images, in pixels: of `channels` images x and `filters` images y. */
struct window {
    int channels, rows, columns;
    int filters, out_rows, out_columns;
    int kernel_rows, kernel_columns, stride_rows, stride_columns, dilation_rows, dilation_columns;
    int top, left, groups;
};

/* The first step n at which shift + n stride is at least 0. */
static int first_inside(int shift, int stride)
{
    return shift < 0 ? (-shift + stride - 1) / stride : 0;
}

/* The first step n, of at most `count`, at which shift + n stride is at least `size`. */
static int end_inside(int shift, int stride, int size, int count)
{
    const int end = shift < size ? (size - 1 - shift) / stride + 1 : 0;
    return end < count ? end : count;
}

/* y[k] = bias[k] + sum over d of x[d] weight[d][k], for each of `rows` rows; the weights are transposed, so that the
   inner loop runs along an array. */
static void dense(const real *restrict x, const real *restrict weight, const real *restrict bias, real *restrict y,
                  int rows, int inputs, int outputs)
{
    for (int n = 0; n < rows; n++, x += inputs, y += outputs) {
        for (int k = 0; k < outputs; k++)
            y[k] = bias ? bias[k] : 0;
        for (int d = 0; d < inputs; d++)
            for (int k = 0; k < outputs; k++)
                y[k] += x[d] * weight[d * outputs + k];
    }
}

/* y is x with a border of zeros. */
static void pad2d(const real *restrict x, real *restrict y, int channels, int rows, int columns, int top, int bottom,
                  int left, int right)
{
    for (int c = 0; c < channels; c++)
        for (int p = -top; p < rows + bottom; p++)
            for (int q = -left; q < columns + right; q++)
                *y++ = p < 0 || p >= rows || q < 0 || q >= columns ? 0 : x[(c * rows + p) * columns + q];
}

/* Add to the sums of 4 filters and 8 columns the share of one cell of their kernels: `weight` holds that of the first
   filter, the others lie `next` apart. They are computed together, since they fit into a processor's registers. */
static void conv2d_cell(const real *restrict pixels, int stride, const real *restrict weight, const int next[4],
                        real sum[4][8])
{
    const real w0 = weight[next[0]], w1 = weight[next[1]], w2 = weight[next[2]], w3 = weight[next[3]];
    if (stride == 1)
        for (int t = 0; t < 8; t++) {
            sum[0][t] += w0 * pixels[t];
            sum[1][t] += w1 * pixels[t];
            sum[2][t] += w2 * pixels[t];
            sum[3][t] += w3 * pixels[t];
        }
    else
        for (int t = 0; t < 8; t++) {
            sum[0][t] += w0 * pixels[t * stride];
            sum[1][t] += w1 * pixels[t * stride];
            sum[2][t] += w2 * pixels[t * stride];
            sum[3][t] += w3 * pixels[t * stride];
        }
}

/* y[f][p][q] = bias[f] + sum over c, i, j of weight[f][c][i][j] x[c][p stride + i dilation - top][q ... - left],
   where x is 0 beyond the image, and the filters of a group see its channels. `padded` is room for x with its border.
   The last 8 columns may read on behind the end of a row, and what they make of that is left out. */
static void conv2d(const real *restrict x, const real *restrict weight, const real *restrict bias, real *restrict y,
                   real *restrict padded, struct window s)
{
    const int filters = s.filters / s.groups, channels = s.channels / s.groups;
    const int cells = channels * s.kernel_rows * s.kernel_columns;
    const int rows = (s.out_rows - 1) * s.stride_rows + (s.kernel_rows - 1) * s.dilation_rows + 1;
    const int columns = (s.out_columns - 1) * s.stride_columns + (s.kernel_columns - 1) * s.dilation_columns + 1;
    pad2d(x, padded, s.channels, s.rows, s.columns, s.top, rows - s.rows - s.top, s.left, columns - s.columns - s.left);
    for (int f = 0, count; f < s.filters; f += count) {
        const real *const image = padded + f / filters * channels * rows * columns;
        int next[4];
        count = filters - f % filters < 4 ? filters - f % filters : 4;
        for (int g = 0; g < 4; g++) /* fewer than 4 filters: the last one is computed again */
            next[g] = (g < count ? g : count - 1) * cells;
        for (int p = 0; p < s.out_rows; p++)
            for (int q = 0; q < s.out_columns; q += 8) {
                const real *cell = weight + f * cells;
                real sum[4][8] = {{0}};
                for (int c = 0; c < channels; c++)
                    for (int i = 0; i < s.kernel_rows; i++) {
                        const int row = c * rows + p * s.stride_rows + i * s.dilation_rows;
                        for (int j = 0; j < s.kernel_columns; j++) {
                            const int column = q * s.stride_columns + j * s.dilation_columns;
                            conv2d_cell(image + row * columns + column, s.stride_columns, cell++, next, sum);
                        }
                    }
                for (int g = 0; g < count; g++)
                    for (int t = 0; t < 8 && q + t < s.out_columns; t++)
                        y[((f + g) * s.out_rows + p) * s.out_columns + q + t] = sum[g][t] + (bias ? bias[f + g] : 0);
            }
    }
}

/* y[f][p][q] = bias[f] + sum of x[c][h][w] weight[c][f][i][j] where p = h stride + i dilation - top, and q alike:
   each weight adds a copy of a channel, whose pixels lie `stride` apart. What is beyond the image y is cut off. */
static void conv_transpose2d(const real *restrict x, const real *restrict weight, const real *restrict bias,
                             real *restrict y, struct window s)
{
    const int filters = s.filters / s.groups, channels = s.channels / s.groups;
    const int size = s.out_rows * s.out_columns;
    for (int f = 0; f < s.filters; f++)
        for (int n = 0; n < size; n++)
            y[f * size + n] = bias ? bias[f] : 0;
    for (int c = 0; c < s.channels; c++)
        for (int f = c / channels * filters; f < c / channels * filters + filters; f++)
            for (int i = 0; i < s.kernel_rows; i++)
                for (int j = 0; j < s.kernel_columns; j++) {
                    const real share = *weight++;
                    const int shift = j * s.dilation_columns - s.left;
                    const int first = first_inside(shift, s.stride_columns);
                    const int end = end_inside(shift, s.stride_columns, s.out_columns, s.columns);
                    for (int h = 0; h < s.rows; h++) {
                        const int p = h * s.stride_rows + i * s.dilation_rows - s.top;
                        const int from = (c * s.rows + h) * s.columns, to = f * size + p * s.out_columns + shift;
                        if (p < 0 || p >= s.out_rows)
                            continue;
                        for (int w = first; w < end; w++)
                            y[to + w * s.stride_columns] += share * x[from + w];
                    }
                }
}

/* y[c][p][q] is the largest pixel of a window of x; NaN is larger than every number. */
static void max_pool2d(const real *restrict x, real *restrict y, struct window s)
{
    for (int c = 0; c < s.channels; c++, x += s.rows * s.columns)
        for (int p = 0; p < s.out_rows; p++)
            for (int q = 0; q < s.out_columns; q++) {
                const int top = p * s.stride_rows - s.top, left = q * s.stride_columns - s.left;
                real largest = (real)-INFINITY;
                for (int h = top < 0 ? 0 : top; h < s.rows && h - top < s.kernel_rows; h++)
                    for (int w = left < 0 ? 0 : left; w < s.columns && w - left < s.kernel_columns; w++) {
                        const real pixel = x[h * s.columns + w];
                        if (pixel > largest || isnan(pixel))
                            largest = pixel;
                    }
                *y++ = largest;
            }
}

/* y[c][p][q] is the sum of the pixels of a window of x, over the number of its cells or of its pixels in the image. */
static void avg_pool2d(const real *restrict x, real *restrict y, struct window s, int count_include_pad)
{
    for (int c = 0; c < s.channels; c++, x += s.rows * s.columns)
        for (int p = 0; p < s.out_rows; p++)
            for (int q = 0; q < s.out_columns; q++) {
                const int top = p * s.stride_rows - s.top, left = q * s.stride_columns - s.left;
                real sum = 0;
                int pixels = 0;
                for (int h = top < 0 ? 0 : top; h < s.rows && h - top < s.kernel_rows; h++)
                    for (int w = left < 0 ? 0 : left; w < s.columns && w - left < s.kernel_columns; w++, pixels++)
                        sum += x[h * s.columns + w];
                *y++ = sum / (count_include_pad ? (real)s.kernel_rows * (real)s.kernel_columns : (real)pixels);
            }
}

/* y[c] is the mean of the `size` pixels of channel c. */
static void global_avg_pool(const real *restrict x, real *restrict y, int channels, int size)
{
    for (int c = 0; c < channels; c++, x += size) {
        double sum = 0;
        for (int n = 0; n < size; n++)
            sum += (double)x[n];
        y[c] = (real)(sum / size);
    }
}

/* y[c] is the largest of the `size` pixels of channel c; NaN is larger than every number. */
static void global_max_pool(const real *restrict x, real *restrict y, int channels, int size)
{
    for (int c = 0; c < channels; c++, x += size) {
        y[c] = x[0];
        for (int n = 1; n < size; n++)
            if (x[n] > y[c] || isnan(x[n]))
                y[c] = x[n];
    }
}

/* y[c][p][q] = x[c][p / row_factor][q / column_factor]. */
static void upsample2d_nearest(const real *restrict x, real *restrict y, int channels, int rows, int columns,
                               int row_factor, int column_factor)
{
    for (int c = 0; c < channels; c++, x += rows * columns)
        for (int p = 0; p < rows * row_factor; p++)
            for (int q = 0; q < columns * column_factor; q++)
                *y++ = x[p / row_factor * columns + q / column_factor];
}

/* Output p lies at u = (p + 1/2) / factor - 1/2 of the input: between two pixels, with the share t of the second. */
static void neighbours(int p, int factor, int size, int *first, int *second, real *t)
{
    const int place = 2 * p + 1 + factor; /* 2 factor (u + 1) */
    const int h = place / (2 * factor) - 1;
    *t = (real)(place % (2 * factor)) / (real)(2 * factor);
    *first = h < 0 ? 0 : h;
    *second = h + 1 < size ? h + 1 : size - 1;
}

/* y[c][p][q] lies on straight lines between the centres of four pixels; beyond the edge stands the edge. */
static void upsample2d_bilinear(const real *restrict x, real *restrict y, int channels, int rows, int columns,
                                int row_factor, int column_factor)
{
    for (int c = 0; c < channels; c++, x += rows * columns)
        for (int p = 0; p < rows * row_factor; p++)
            for (int q = 0; q < columns * column_factor; q++) {
                int above, below, before, after;
                real s, t;
                neighbours(p, row_factor, rows, &above, &below, &s);
                neighbours(q, column_factor, columns, &before, &after, &t);
                const real upper = (1 - t) * x[above * columns + before] + t * x[above * columns + after];
                const real lower = (1 - t) * x[below * columns + before] + t * x[below * columns + after];
                *y++ = (1 - s) * upper + s * lower;
            }
}

/* The place of number n of an array of these sizes in another array, in which each axis has its own stride. */
static int strided(int n, int axes, const int *sizes, const int *strides)
{
    int found = 0;
    for (int axis = axes - 1; axis >= 0; axis--) {
        found += n % sizes[axis] * strides[axis];
        n /= sizes[axis];
    }
    return found;
}

/* y is x with its axes in another order: `sizes` are those of y, `strides` those of the same axes of x. */
static void permute(const real *restrict x, real *restrict y, int count, int axes, const int *sizes, const int *strides)
{
    for (int n = 0; n < count; n++)
        y[n] = x[strided(n, axes, sizes, strides)];
}

/* y = x body, where an axis of the body has the stride 0 if one number stands for all of that axis. */
static void gate(const real *restrict x, const real *restrict body, real *restrict y, int count, int axes,
                 const int *sizes, const int *strides)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n] * body[strided(n, axes, sizes, strides)];
}

/* y = x. */
static void copy(const real *restrict x, real *restrict y, int count)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n];
}

/* y = x + shortcut. */
static void add(const real *x, const real *shortcut, real *y, int count)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n] + shortcut[n];
}

/* y[c] = (x[c] - mean[c]) / scale[c], for the `size` numbers of each channel. */
static void normalization(const real *x, const real *mean, const real *scale, real *y, int channels, int size)
{
    for (int c = 0; c < channels; c++)
        for (int n = c * size; n < (c + 1) * size; n++)
            y[n] = (x[n] - mean[c]) / scale[c];
}

/* y[c] = weight[c] (x[c] - mean[c]) / sqrt(variance[c] + epsilon) + bias[c], for the `size` numbers of each channel. */
static void batch_norm(const real *x, const real *weight, const real *bias, const real *mean, const real *variance,
                       real *y, int channels, int size, real epsilon)
{
    for (int c = 0; c < channels; c++) {
        const real scale = weight[c] / real_sqrt(variance[c] + epsilon);
        for (int n = c * size; n < (c + 1) * size; n++)
            y[n] = (x[n] - mean[c]) * scale + bias[c];
    }
}

/* y = weight (x - mean) / sqrt(variance + epsilon) + bias, with the mean and the variance of each of `rows` rows. */
static void layer_norm(const real *x, const real *weight, const real *bias, real *y, int rows, int size, double epsilon)
{
    for (int row = 0; row < rows; row++, x += size, y += size) {
        double sum = 0, squares = 0;
        for (int d = 0; d < size; d++)
            sum += (double)x[d];
        const double mean = sum / size;
        for (int d = 0; d < size; d++)
            squares += ((double)x[d] - mean) * ((double)x[d] - mean);
        const real scale = (real)(1 / sqrt(squares / size + epsilon));
        for (int d = 0; d < size; d++)
            y[d] = weight[d] * ((x[d] - (real)mean) * scale) + bias[d];
    }
}

/* y[c] = weight[c] (x[c] - mean) / sqrt(variance + epsilon) + bias[c], with mean and variance of a group of channels. */
static void group_norm(const real *x, const real *weight, const real *bias, real *y, int channels, int size, int groups,
                       double epsilon)
{
    const int count = channels / groups * size;
    for (int g = 0; g < groups; g++, x += count, y += count, weight += channels / groups, bias += channels / groups) {
        double sum = 0, squares = 0;
        for (int n = 0; n < count; n++)
            sum += (double)x[n];
        const double mean = sum / count;
        for (int n = 0; n < count; n++)
            squares += ((double)x[n] - mean) * ((double)x[n] - mean);
        const real scale = (real)(1 / sqrt(squares / count + epsilon));
        for (int n = 0; n < count; n++)
            y[n] = weight[n / size] * ((x[n] - (real)mean) * scale) + bias[n / size];
    }
}

/* y[k] = x[k] - log(sum over j of exp(x[j])); the largest x is taken away first, so that exp cannot overflow. */
static void log_softmax(const real *x, real *y, int rows, int size)
{
    for (int row = 0; row < rows; row++, x += size, y += size) {
        real largest = x[0], sum = 0;
        for (int k = 1; k < size; k++)
            if (x[k] > largest)
                largest = x[k];
        for (int k = 0; k < size; k++)
            sum += real_exp(x[k] - largest);
        for (int k = 0; k < size; k++)
            y[k] = x[k] - largest - real_log(sum);
    }
}

/* y[k] = exp(x[k]) / sum over j of exp(x[j]); the largest x is taken away first, so that exp cannot overflow. */
static void softmax(const real *x, real *y, int rows, int size)
{
    for (int row = 0; row < rows; row++, x += size, y += size) {
        real largest = x[0], sum = 0;
        for (int k = 1; k < size; k++)
            if (x[k] > largest)
                largest = x[k];
        for (int k = 0; k < size; k++) {
            y[k] = real_exp(x[k] - largest);
            sum += y[k];
        }
        for (int k = 0; k < size; k++)
            y[k] /= sum;
    }
}

/* y = max(x, 0). */
static void relu(const real *x, real *y, int count)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n] <= 0 ? 0 : x[n];
}

/* y = x where x > 0, else slope x. */
static void leaky_relu(const real *x, real *y, int count, real slope)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n] <= 0 ? slope * x[n] : x[n];
}

/* y = min(max(x, minimum), maximum). */
static void clip(const real *x, real *y, int count, real minimum, real maximum)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n] < minimum ? minimum : x[n] > maximum ? maximum : x[n];
}

/* y = min(max(slope x + offset, 0), 1). */
static void hard_sigmoid(const real *x, real *y, int count, real slope, real offset)
{
    for (int n = 0; n < count; n++) {
        const real line = slope * x[n] + offset;
        y[n] = line < 0 ? 0 : line > 1 ? 1 : line;
    }
}

/* y = x min(max(x / 6 + 1 / 2, 0), 1). */
static void hard_swish(const real *x, real *y, int count)
{
    for (int n = 0; n < count; n++) {
        const real line = x[n] / 6 + (real)0.5;
        y[n] = x[n] * (line < 0 ? 0 : line > 1 ? 1 : line);
    }
}

/* y = x where x > 0, else alpha (exp(x) - 1). */
static void elu(const real *x, real *y, int count, real alpha)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n] <= 0 ? alpha * real_expm1(x[n]) : x[n];
}

/* 1 / (1 + exp(-x)), computed with exp(-|x|), which cannot overflow. */
static real logistic(real x)
{
    const real e = real_exp(-real_fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

/* y = 1 / (1 + exp(-x)). */
static void sigmoid(const real *x, real *y, int count)
{
    for (int n = 0; n < count; n++)
        y[n] = logistic(x[n]);
}

/* y = tanh(x). */
static void hyperbolic_tangent(const real *x, real *y, int count)
{
    for (int n = 0; n < count; n++)
        y[n] = real_tanh(x[n]);
}

/* y = x / (1 + exp(-x)). */
static void silu(const real *x, real *y, int count)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n] * logistic(x[n]);
}

/* y = x / (1 + |x|). */
static void softsign(const real *x, real *y, int count)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n] / (1 + real_fabs(x[n]));
}

/* y = x tanh(log(1 + exp(x))). */
static void mish(const real *x, real *y, int count)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n] * real_tanh((x[n] > 0 ? x[n] : 0) + real_log1p(real_exp(-real_fabs(x[n]))));
}

/* y = log(1 + exp(beta x)) / beta. */
static void softplus(const real *x, real *y, int count, real beta)
{
    for (int n = 0; n < count; n++)
        y[n] = (x[n] > 0 ? x[n] : 0) + real_log1p(real_exp(-real_fabs(beta * x[n]))) / beta;
}

/* y = x erfc(-x / sqrt(2)) / 2: x times the chance that a standard normal number is below x. */
static void gelu(const real *x, real *y, int count)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n] * real_erfc(x[n] * (real)-0.70710678118654752) / 2;
}

/* y = x / (1 + exp(-2 z)) with z = sqrt(2 / pi) (x + 0.044715 x^3), which is nearly gelu. */
static void gelu_tanh(const real *x, real *y, int count)
{
    for (int n = 0; n < count; n++)
        y[n] = x[n] * logistic((real)1.5957691216057308 * (x[n] + (real)0.044715 * x[n] * x[n] * x[n]));
}

/* Whether a value of a table is missing: NULL, nothing, or one of the words that tables have for it. */
static int is_missing(const char *text)
{
    static const char *const words[] = {"", "na", "n/a", "nan", "null", "none", "?", "-", "."};
    for (size_t k = 0; text && k < sizeof words / sizeof *words; k++) {
        const char *a = text, *b = words[k];
        while (*b && tolower((unsigned char)*a) == *b) {
            a++;
            b++;
        }
        if (!*a && !*b)
            return 1;
    }
    return !text;
}

/* Whether a text is a finite number, which is then written; true is 1, and false is 0. */
static int read_number(const char *text, real *x)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text) {
        const int is_true = strcmp(text, "True") == 0 || strcmp(text, "true") == 0 || strcmp(text, "TRUE") == 0;
        if (!is_true && strcmp(text, "False") != 0 && strcmp(text, "false") != 0 && strcmp(text, "FALSE") != 0)
            return 0;
        number = is_true;
        end += strlen(text);
    }
    *x = (real)number;
    return !*end && isfinite(*x);
}

/* A column of a raw table: the names of its categories, or NULL for numbers. A missing number is taken for
   `filled`, a missing text for no category; where `filled` is not a number, they are an error. */
struct column {
    int count;
    const char *const *categories;
    double filled;
};

/* Write the numbers of one value of a column, and return how many they are, or -1 for a value that is wrong. */
static int encode_value(const char *value, const struct column *column, real *x)
{
    const int is_gap = is_missing(value);
    if (is_gap && isnan(column->filled))
        return -1;
    for (int k = 0; k < column->count; k++)
        x[k] = !is_gap && strcmp(value, column->categories[k]) == 0;
    if (column->categories)
        return column->count;
    *x = (real)column->filled;
    return is_gap || read_number(value, x) ? 1 : -1;
}
