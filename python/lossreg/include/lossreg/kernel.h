/* lossreg/kernel.h: how compiled code of another package becomes a loss of lossreg.
 *
 * A package fills in one `lossreg_kernel_v1`, puts its address into a PyCapsule named LOSSREG_KERNEL_CAPSULE, and has an
 * object whose method `__lossreg_kernel__()` returns the capsule; `lossreg.from_kernel(object)` is the loss.
 *
 *     static const lossreg_param_v1 params[] = {{"scale", "Where the tails begin.", 1.0, 0.0, INFINITY, LOSSREG_LOW_OPEN}};
 *     static const lossreg_kernel_v1 kernel = {
 *         .version = LOSSREG_KERNEL_VERSION, .struct_size = sizeof(lossreg_kernel_v1),
 *         .name = "my_loss", .flags = LOSSREG_HAS_GRAD | LOSSREG_HAS_HESS,
 *         .n_params = 1, .params = params, .elements_f64 = my_loss,
 *     };
 *     PyCapsule_New((void *)&kernel, LOSSREG_KERNEL_CAPSULE, NULL);
 *
 * Only the functions are the package's. Weights, masks, reductions, sums, dtypes, layouts, checks of domains, `out=`, threads and
 * errors are lossreg's: a function sees contiguous numbers that are valid and within their domains (NaN and, where the
 * domain has them, infinities among them; what a mask hides is never shown), and writes unreduced losses and derivatives.
 *
 * A derivative that a kernel does not compute is made of what it computes, by central differences of the fourth order in float64, and
 * the description of the loss says so; where these do not settle at sample points, asking for it is a lossreg.DerivativeError. The
 * interface has the diagonal of second derivatives and no more: those of a row with respect to every two of its classes are made of
 * differences of the gradient. Both call the functions some times as often, from Python and on copies of the arrays: they are for
 * tests and small data.
 *
 * Functions are called from several threads at once, without the interpreter lock, some hundred numbers at a time. They must not call
 * Python, throw, exit by longjmp, write anywhere but to their outputs, or keep a pointer after they return. The struct, and
 * what it points to, must not change, and must live as long as the capsule, which lossreg keeps alive.
 */
#ifndef LOSSREG_KERNEL_H
#define LOSSREG_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The name of the capsule, and the version that is the first field of what it points to. */
#define LOSSREG_KERNEL_CAPSULE "lossreg.kernel.v1"
#define LOSSREG_KERNEL_VERSION 1u

/* What a function returns when all went well. Any other number is an error of its own: the call raises a lossreg.PluginError with
 * the number and its message. */
#define LOSSREG_OK 0

/* The loss of each of `count` elements.
 *
 *   data    that of the struct
 *   params  the values of the parameters, in the order of the struct; a switch is 0 or 1
 *   y_true  the targets; a label of -1 comes as 0
 *   y_pred  the predictions
 *   value, grad, hess  where the losses, first and second derivatives with respect to y_pred go: NULL where not wanted
 */
typedef int32_t (*lossreg_elements_f64)(void *data, const double *params, size_t count, const double *y_true,
                                        const double *y_pred, double *value, double *grad, double *hess);
typedef int32_t (*lossreg_elements_f32)(void *data, const double *params, size_t count, const float *y_true,
                                        const float *y_pred, float *value, float *grad, float *hess);

/* The loss of each of `rows` rows of `classes` numbers, which lie one after the other.
 *
 *   y_true  `const int64_t *`, a class from 0 to classes - 1 for each row, where the target is "class index"; otherwise rows like
 *           those of y_pred (where the target is "class index or probability", indices come as rows of 0 and 1)
 *   value   one number a row
 *   grad    the derivatives with respect to each number of y_pred, in rows like these
 *   hess    the second derivatives, the diagonal only, likewise
 */
typedef int32_t (*lossreg_rows_f64)(void *data, const double *params, size_t rows, size_t classes, const void *y_true,
                                    const double *y_pred, double *value, double *grad, double *hess);
typedef int32_t (*lossreg_rows_f32)(void *data, const double *params, size_t rows, size_t classes, const void *y_true,
                                    const float *y_pred, float *value, float *grad, float *hess);

/* Flags of a parameter. */
#define LOSSREG_LOW_OPEN UINT64_C(1)  /* `low` itself is excluded */
#define LOSSREG_HIGH_OPEN UINT64_C(2) /* `high` itself is excluded */
#define LOSSREG_SWITCH UINT64_C(4)    /* True or False; it has no bounds */

typedef struct lossreg_param_v1 {
    const char *name; /* an identifier */
    const char *doc;  /* what it does; may be NULL */
    double initial;   /* its default */
    double low;       /* bounds; -INFINITY and INFINITY where there are none */
    double high;
    uint64_t flags;
} lossreg_param_v1;

/* Flags of a kernel. */
#define LOSSREG_HAS_GRAD UINT64_C(1) /* it computes `grad`; without, `grad` is NULL in every call */
#define LOSSREG_HAS_HESS UINT64_C(2) /* it computes `hess`; without, `hess` is NULL in every call */
#define LOSSREG_CONVEX UINT64_C(4)   /* the loss is convex in y_pred */
#define LOSSREG_LIGHT UINT64_C(8)    /* some additions and products an element: bound by memory */

/* Texts are UTF-8 and end with 0; those that may be NULL are marked. All other fields are 0 where they are not used. */
typedef struct lossreg_kernel_v1 {
    uint32_t version;       /* LOSSREG_KERNEL_VERSION */
    uint32_t struct_size;   /* sizeof(lossreg_kernel_v1): later versions may have more fields at the end */
    const char *name;       /* the name of the loss, in snake_case */
    const char *summary;    /* one line; may be NULL, like the next five */
    const char *formula;    /* as NumPy text */
    const char *source;     /* the paper */
    const char *target;     /* what y_true may be: "real" (if NULL), "non-negative", "positive", "above -1", "label", "soft label",
                               "probability"; of rows also "class index" and "class index or probability", and no labels */
    const char *prediction; /* what y_pred may be, likewise */
    const char *link;       /* from raw scores to the scale of the target: "identity" (if NULL), "logit", "log", "softmax" */
    uint64_t flags;
    size_t n_params; /* at most 64 */
    const lossreg_param_v1 *params;
    void *data; /* handed to every function */
    /* Functions of elements or of rows. Those for float64 must be there; without those for float32, float32 arrays are
     * computed in float64. */
    lossreg_elements_f64 elements_f64;
    lossreg_elements_f32 elements_f32;
    lossreg_rows_f64 rows_f64;
    lossreg_rows_f32 rows_f32;
    const char *(*message)(void *data, int32_t status); /* what an error is about; may be NULL, and return NULL */
} lossreg_kernel_v1;

#ifdef __cplusplus
}
#endif

#endif
