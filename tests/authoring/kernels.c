/* Kernels for the tests of lossreg.from_kernel: what a package writes in C, and what it must not. */
#include <float.h>
#include <math.h>

#include "lossreg/kernel.h"

_Static_assert(sizeof(void *) != 8 || sizeof(lossreg_param_v1) == 48, "the interface of 64-bit machines stays as it is");
_Static_assert(sizeof(void *) != 8 || sizeof(lossreg_kernel_v1) == 136, "the interface of 64-bit machines stays as it is");

/* The pseudo-Huber loss, in both types. */
#define PSEUDO_HUBER(NAME, T, SQRT)                                                                                    \
    static int32_t NAME(void *data, const double *params, size_t count, const T *y, const T *x, T *value, T *grad,     \
                        T *hess) {                                                                                     \
        const T delta = (T)params[0];                                                                                  \
        for (size_t i = 0; i < count; ++i) {                                                                           \
            const T u = (x[i] - y[i]) / delta, h = SQRT(1 + u * u);                                                    \
            if (value) value[i] = delta * delta * u * (u / (h + 1));                                                   \
            if (grad) grad[i] = delta * (u / h);                                                                       \
            if (hess) hess[i] = 1 / (h * h * h);                                                                       \
        }                                                                                                              \
        return LOSSREG_OK;                                                                                             \
    }
PSEUDO_HUBER(pseudo_huber_f64, double, sqrt)
PSEUDO_HUBER(pseudo_huber_f32, float, sqrtf)

/* The same as a function without a struct. */
int32_t pseudo_huber_exported(void *data, const double *params, size_t count, const double *y, const double *x,
                              double *value, double *grad, double *hess) {
    return pseudo_huber_f64(data, params, count, y, x, value, grad, hess);
}

static const lossreg_param_v1 delta[] = {{"delta", "Where the tails begin.", 1.0, 0.0, INFINITY, LOSSREG_LOW_OPEN}};

const lossreg_kernel_v1 pseudo_huber = {
    .version = LOSSREG_KERNEL_VERSION,
    .struct_size = sizeof(lossreg_kernel_v1),
    .name = "compiled_pseudo_huber",
    .summary = "Pseudo-Huber, in C.",
    .formula = "delta**2*(sqrt(1 + (r/delta)**2) - 1)",
    .source = "Charbonnier 1997",
    .flags = LOSSREG_HAS_GRAD | LOSSREG_HAS_HESS | LOSSREG_CONVEX | LOSSREG_LIGHT,
    .n_params = 1,
    .params = delta,
    .elements_f64 = pseudo_huber_f64,
    .elements_f32 = pseudo_huber_f32,
};

/* The logistic loss, in float64 only, without a second derivative; `data` counts nothing, it is only handed on. */
static int32_t logistic_f64(void *data, const double *params, size_t count, const double *y, const double *x, double *value,
                            double *grad, double *hess) {
    if (*(const int *)data != 42 || hess) return -1;
    for (size_t i = 0; i < count; ++i) {
        if (value) value[i] = fmax(x[i], 0) - x[i] * y[i] + log1p(exp(-fabs(x[i])));
        if (grad) grad[i] = 1 / (1 + exp(-x[i])) - y[i];
    }
    return LOSSREG_OK;
}

static int answer = 42;
const lossreg_kernel_v1 logistic = {
    .version = LOSSREG_KERNEL_VERSION,
    .struct_size = sizeof(lossreg_kernel_v1),
    .name = "compiled_logistic",
    .target = "soft label",
    .link = "logit",
    .flags = LOSSREG_HAS_GRAD | LOSSREG_CONVEX,
    .data = &answer,
    .elements_f64 = logistic_f64,
};

/* Softmax cross-entropy of class indices, or of rows of probabilities, by the target that the struct declares. */
static int32_t softmax_row(int64_t label, const double *p, size_t k, const double *x, double *value, double *grad,
                           double *hess) {
    double m = -INFINITY, sum = 0, dot = 0, total = 0;
    for (size_t j = 0; j < k; ++j) m = fmax(m, x[j]);
    for (size_t j = 0; j < k; ++j) sum += exp(x[j] - m);
    for (size_t j = 0; j < k; ++j) {
        const double t = p ? p[j] : (double)(label == (int64_t)j);
        dot += t * (x[j] - m);
        total += t;
    }
    if (value) *value = total * log(sum) - dot;
    for (size_t j = 0; j < k; ++j) {
        const double q = exp(x[j] - m) / sum, t = p ? p[j] : (double)(label == (int64_t)j);
        if (grad) grad[j] = total * q - t;
        if (hess) hess[j] = total * q * (1 - q);
    }
    return LOSSREG_OK;
}

static int32_t sparse_f64(void *data, const double *params, size_t rows, size_t k, const void *y, const double *x,
                          double *value, double *grad, double *hess) {
    for (size_t i = 0; i < rows; ++i) {
        const int64_t label = ((const int64_t *)y)[i];
        if (label < 0 || label >= (int64_t)k) return 7;
        softmax_row(label, NULL, k, x + i * k, value ? value + i : NULL, grad ? grad + i * k : NULL,
                    hess ? hess + i * k : NULL);
    }
    return LOSSREG_OK;
}

static int32_t dense_f64(void *data, const double *params, size_t rows, size_t k, const void *y, const double *x,
                         double *value, double *grad, double *hess) {
    for (size_t i = 0; i < rows; ++i)
        softmax_row(0, (const double *)y + i * k, k, x + i * k, value ? value + i : NULL, grad ? grad + i * k : NULL,
                    hess ? hess + i * k : NULL);
    return LOSSREG_OK;
}

#define ROWS(NAME, TARGET, FUNCTION)                                                                                   \
    const lossreg_kernel_v1 NAME = {                                                                                   \
        .version = LOSSREG_KERNEL_VERSION,                                                                             \
        .struct_size = sizeof(lossreg_kernel_v1),                                                                      \
        .name = "compiled_" #NAME,                                                                                     \
        .target = TARGET,                                                                                              \
        .link = "softmax",                                                                                             \
        .flags = LOSSREG_HAS_GRAD | LOSSREG_HAS_HESS | LOSSREG_CONVEX,                                                 \
        .rows_f64 = FUNCTION,                                                                                          \
    }
ROWS(sparse, "class index", sparse_f64);
ROWS(dense, "probability", dense_f64);
ROWS(either, "class index or probability", dense_f64);

/* A kernel that gives up at a prediction above its limit, with a message or without. */
static int32_t limited_f64(void *data, const double *params, size_t count, const double *y, const double *x, double *value,
                           double *grad, double *hess) {
    for (size_t i = 0; i < count; ++i) {
        if (x[i] > params[0]) return params[1] != 0 ? 3 : 4;
        if (value) value[i] = fabs(x[i] - y[i]);
        if (grad) grad[i] = (x[i] > y[i]) - (x[i] < y[i]);
        if (hess) hess[i] = 0;
    }
    return LOSSREG_OK;
}

static int32_t limited_rows_f64(void *data, const double *params, size_t rows, size_t k, const void *y, const double *x,
                                double *value, double *grad, double *hess) {
    for (size_t i = 0; i < rows; ++i) {
        if (x[i * k] > params[0]) return params[1] != 0 ? 3 : 4;
        if (value) value[i] = x[i * k];
    }
    return LOSSREG_OK;
}

static const char *message(void *data, int32_t status) { return status == 3 ? "a prediction is above the limit" : NULL; }

static const lossreg_param_v1 limits[] = {
    {"limit", NULL, 10.0, -INFINITY, INFINITY, 0},
    {"explains", NULL, 1.0, 0.0, 0.0, LOSSREG_SWITCH},
};
#define LIMITED                                                                                                        \
    .version = LOSSREG_KERNEL_VERSION, .struct_size = sizeof(lossreg_kernel_v1), .n_params = 2, .params = limits,      \
    .message = message
const lossreg_kernel_v1 limited = {
    LIMITED, .name = "limited_error", .flags = LOSSREG_HAS_GRAD | LOSSREG_HAS_HESS, .elements_f64 = limited_f64};
const lossreg_kernel_v1 limited_rows = {LIMITED, .name = "limited_rows", .rows_f64 = limited_rows_f64};
