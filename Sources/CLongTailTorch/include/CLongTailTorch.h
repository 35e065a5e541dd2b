// The one door to libtorch. No operator is known here by name: ct_call goes through libtorch's dispatcher.
//
// Every function that can fail returns 0 for success and another number for failure; ct_error() then tells
// what went wrong on this thread. No C++ exception leaves this file. Tensors are counted references: what a
// function hands out belongs to the caller, who gives it back with ct_tensor_free.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_tensor_s *ct_tensor;
typedef struct ct_guard_s *ct_guard;

typedef enum {
    CT_DEFAULT = 0,   // the default value that the operator's schema names
    CT_NONE,
    CT_TENSOR,        // tensor (NULL is an undefined tensor)
    CT_INT,
    CT_DOUBLE,
    CT_BOOL,
    CT_INTS,          // list: count int64_t
    CT_DOUBLES,       // list: count double
    CT_TENSORS,       // list: count ct_tensor
    CT_STRING,        // list: bytes, NUL-terminated
    CT_DEVICE         // list: a device's name ("cpu", "cuda:0"), NUL-terminated
} ct_tag;

typedef struct {
    ct_tag tag;
    int64_t count;
    union {
        ct_tensor tensor;
        int64_t integer;
        double real;
        const void *list;
    } as;
} ct_value;

// Message of the last failure on this thread.
const char *ct_error(void);

// Calls an operator by its full name ("aten::add.Tensor"). `name` must live as long as the process.
// Arguments beyond `argument_count` take their defaults. Results: tensors, numbers and booleans, lists of tensors
// laid out one after the other; at most `*result_count` fit, and the number written is stored there.
int ct_call(const char *name, const ct_value *arguments, size_t argument_count, ct_value *results,
            size_t *result_count);

// Tensors. dtype numbers are those of c10::ScalarType.
// The copy is on `device`, on the CPU when that is NULL. To a GPU it goes through pinned memory and is only queued.
int ct_tensor_from_bytes(const void *bytes, int dtype, const int64_t *sizes, size_t rank, const char *device,
                         ct_tensor *result);
int ct_tensor_to_bytes(ct_tensor tensor, void *bytes, size_t byte_count);
ct_tensor ct_tensor_retain(ct_tensor tensor);
void ct_tensor_free(ct_tensor tensor);
int ct_tensor_dtype(ct_tensor tensor);
size_t ct_tensor_rank(ct_tensor tensor);
int64_t ct_tensor_size(ct_tensor tensor, size_t dimension);
const char *ct_tensor_device(ct_tensor tensor);   // valid until the next call on this thread

// Autograd.
int ct_set_requires_grad(ct_tensor tensor, bool required);
bool ct_requires_grad(ct_tensor tensor);
int ct_backward(ct_tensor loss);
int ct_grad(ct_tensor tensor, ct_tensor *result);   // NULL when there is none
int ct_clear_grad(ct_tensor tensor);

// Modes of this thread, held while the guard lives; guards end in the reverse order of their beginning.
ct_guard ct_no_grad(void);
ct_guard ct_inference(void);
ct_guard ct_autocast(const char *device, int dtype);
void ct_guard_end(ct_guard guard);

// The process.
const char *ct_version(void);
const char *ct_configuration(void);
int ct_seed(uint64_t seed);
int ct_set_threads(int count);
int ct_threads(void);
// Lets the allocator keep freed memory for the next step instead of handing it back to the system each time.
void ct_keep_memory(void);
// The file that libtorch's CPU library was loaded from; empty when that is not known.
const char *ct_library_path(void);

// Time by operator, of all threads, between a beginning and an end; then the entries, the longest first. One at a time.
int ct_profile_begin(void);
int ct_profile_end(size_t *count);
// The operator's name; valid until the next end.
const char *ct_profile_entry(size_t index, uint64_t *calls, double *seconds);

// Devices beside the CPU.
// What NVIDIA's driver says, without libtorch: the CUDA version that it is for (13020 is 13.2), and its GPUs.
int ct_cuda_driver(int *version, int *count);
// Name (cut to `name_size` bytes) and bytes of memory of one of the driver's GPUs.
int ct_cuda_card(int index, char *name, int name_size, uint64_t *memory);
// Compute capability of one of the driver's GPUs: 9 and 0 for 9.0.
int ct_cuda_capability(int index, int *major, int *minor);
// Loads libtorch's CUDA library from a file, and with it every kernel. Before libtorch is used for anything else: it
// asks only once whether there is CUDA.
int ct_load_cuda(const char *path);
// The GPUs that libtorch can use, and the CUDA version that it was built for; 0 and 0 before ct_load_cuda.
int ct_cuda_count(int *count, int *runtime);
// Only kernels that give the same bits every time (where there are such), or whichever are found to be fastest.
int ct_reproducible(bool required);
// Waits for everything that is queued on a device.
int ct_synchronize(const char *device);
// The most bytes that tensors held at once on a GPU since the last reset.
int ct_reset_peak_memory(const char *device);
int ct_peak_memory(const char *device, uint64_t *bytes);

// Processes that work together. Seconds are waited at most.
typedef struct ct_store_s *ct_store;
// The store at a host's port, which this process serves or joins.
int ct_store_open(const char *host, int port, bool serves, double seconds, ct_store *result);
// The store in a file, for processes of one machine.
int ct_store_open_file(const char *path, double seconds, ct_store *result);
int ct_store_set(ct_store store, const char *key, const void *bytes, size_t count);
// Waits for the key. At most `*count` bytes fit, and their number is stored there.
int ct_store_get(ct_store store, const char *key, double seconds, void *bytes, size_t *count);
int ct_store_has(ct_store store, const char *key, bool *answer);
int ct_store_add(ct_store store, const char *key, int64_t amount, int64_t *sum);
void ct_store_close(ct_store store);
// A group of processes (Gloo); operators such as _c10d_functional::all_reduce find it by its name.
int ct_group_open(ct_store store, const char *prefix, const char *name, int rank, int size, double seconds);
// NCCL for the tensors of a GPU in the same group; after ct_load_cuda. Fails where this libtorch's NCCL is not known.
int ct_group_add_nccl(ct_store store, const char *name, double seconds);
int ct_group_close(const char *name, bool abort);
// Fails with the ranks that do not come.
int ct_monitored_barrier(const char *name, double seconds);
// The network interface through which a host is reached; empty when that is not known.
int ct_interface_towards(const char *host, int port, char *name, size_t size);

#ifdef __cplusplus
}
#endif
