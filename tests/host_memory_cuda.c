/* The part of NVIDIA's driver interface that find_gpu and pycuda call, over host memory, written
 * from the public names of cuda.h. Device memory is memory, a copy is a copy, a stream is done
 * before it returns. What a driver would not forgive is counted and told by hostCudaReport: a call
 * with no current context, a block freed twice or never, a context popped or released once too
 * often.
 *
 * HOST_CUDA_FAIL names a function that answers HOST_CUDA_CODE, after HOST_CUDA_AFTER good calls.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define API __attribute__((visibility("default")))
typedef unsigned long long Pointer;

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static long device_blocks, pinned_blocks, streams, events, retained, wrong, calls, fail_calls;
static char first_wrong[128];
static int primary; /* its address is the primary context's handle */
static __thread int depth;

static void mistake(const char *what) {
    pthread_mutex_lock(&gate);
    if (!wrong++) snprintf(first_wrong, sizeof first_wrong, "%s", what);
    pthread_mutex_unlock(&gate);
}

static void count(long *what, int by) {
    pthread_mutex_lock(&gate);
    *what += by;
    if (*what < 0 && !wrong++) snprintf(first_wrong, sizeof first_wrong, "freed twice");
    pthread_mutex_unlock(&gate);
}

static int faulty(const char *name) {
    const char *wanted = getenv("HOST_CUDA_FAIL"), *after = getenv("HOST_CUDA_AFTER");
    calls++;
    if (!wanted || strcmp(wanted, name)) return 0;
    if (fail_calls++ < (after ? atol(after) : 0)) return 0;
    return atoi(getenv("HOST_CUDA_CODE"));
}

#define ENTER do { int code_ = faulty(__func__); if (code_) return code_; } while (0)
#define CURRENT do { if (!depth) { mistake(__func__); return 201; } ENTER; } while (0)

API void hostCudaReport(char *text, int size) {
    snprintf(text, size, "device=%ld pinned=%ld streams=%ld events=%ld retained=%ld wrong=%ld %s",
             device_blocks, pinned_blocks, streams, events, retained, wrong, first_wrong);
}

API int cuInit(unsigned flags) { (void)flags; ENTER; return 0; }
API int cuDriverGetVersion(int *version) { *version = 12060; return 0; }
API int cuDeviceGetCount(int *number) {
    ENTER;
    *number = getenv("HOST_CUDA_NO_DEVICE") ? 0 : 1;
    return 0;
}
API int cuDeviceGet(int *device, int number) { ENTER; *device = number; return 0; }
API int cuDeviceGetName(char *name, int size, int device) {
    (void)device;
    snprintf(name, size, "Host Memory");
    return 0;
}
API int cuDeviceTotalMem_v2(size_t *bytes, int device) { (void)device; *bytes = 8ull << 30; return 0; }
API int cuDeviceGetAttribute(int *value, int attribute, int device) {
    (void)device;
    *value = attribute == 75 ? 8 : attribute == 76 ? 7 : attribute == 18 ? 1 : 0;
    return 0;
}
API int cuGetErrorString(int code, const char **text) {
    *text = code == 2 ? "out of memory" : code == 100 ? "no CUDA-capable device is detected"
          : code == 201 ? "invalid device context" : code == 719 ? "unspecified launch failure"
          : "error";
    return 0;
}

API int cuDevicePrimaryCtxRetain(void **context, int device) {
    (void)device;
    ENTER;
    count(&retained, 1);
    *context = &primary;
    return 0;
}
API int cuDevicePrimaryCtxRelease_v2(int device) {
    (void)device;
    if (retained == 1 && (device_blocks || pinned_blocks || streams || events))
        mistake("released with something left");
    count(&retained, -1);
    return 0;
}
API int cuDevicePrimaryCtxRelease(int device) { return cuDevicePrimaryCtxRelease_v2(device); }
API int cuCtxPushCurrent_v2(void *context) { (void)context; ENTER; depth++; return 0; }
API int cuCtxPopCurrent_v2(void **context) {
    if (!depth) { mistake("popped an empty stack"); return 201; }
    depth--;
    *context = &primary;
    return 0;
}
API int cuCtxSynchronize(void) { CURRENT; return 0; }

API int cuMemAlloc_v2(Pointer *pointer, size_t bytes) {
    void *block;
    CURRENT;
    if (posix_memalign(&block, 256, bytes)) return 2;
    memset(block, 0xDD, bytes);
    count(&device_blocks, 1);
    *pointer = (Pointer)(size_t)block;
    return 0;
}
API int cuMemFree_v2(Pointer pointer) {
    CURRENT;
    count(&device_blocks, -1);
    free((void *)(size_t)pointer);
    return 0;
}
API int cuMemHostAlloc(void **block, size_t bytes, unsigned flags) {
    (void)flags;
    CURRENT;
    if (posix_memalign(block, 4096, bytes)) return 2;
    count(&pinned_blocks, 1);
    return 0;
}
API int cuMemAllocHost_v2(void **block, size_t bytes) { return cuMemHostAlloc(block, bytes, 0); }
API int cuMemFreeHost(void *block) {
    CURRENT;
    count(&pinned_blocks, -1);
    free(block);
    return 0;
}
API int cuMemcpyHtoDAsync_v2(Pointer to, const void *from, size_t bytes, void *stream) {
    CURRENT;
    if (!stream) mistake("copy on the default stream");
    memcpy((void *)(size_t)to, from, bytes);
    return 0;
}
API int cuMemcpyDtoHAsync_v2(void *to, Pointer from, size_t bytes, void *stream) {
    CURRENT;
    if (!stream) mistake("copy on the default stream");
    memcpy(to, (void *)(size_t)from, bytes);
    return 0;
}

API int cuStreamCreate(void **stream, unsigned flags) {
    (void)flags;
    CURRENT;
    *stream = malloc(8);
    count(&streams, 1);
    return 0;
}
API int cuStreamDestroy_v2(void *stream) { CURRENT; free(stream); count(&streams, -1); return 0; }
API int cuStreamSynchronize(void *stream) { (void)stream; CURRENT; return 0; }
API int cuStreamWaitEvent(void *stream, void *event, unsigned flags) {
    (void)stream; (void)event; (void)flags;
    CURRENT;
    return 0;
}
API int cuEventCreate(void **event, unsigned flags) {
    (void)flags;
    CURRENT;
    *event = calloc(1, sizeof(struct timespec));
    count(&events, 1);
    return 0;
}
API int cuEventDestroy_v2(void *event) { CURRENT; free(event); count(&events, -1); return 0; }
API int cuEventRecord(void *event, void *stream) {
    (void)stream;
    CURRENT;
    clock_gettime(CLOCK_MONOTONIC, event);
    return 0;
}
API int cuEventSynchronize(void *event) { (void)event; CURRENT; return 0; }
API int cuEventElapsedTime(float *ms, void *from, void *to) {
    struct timespec *a = from, *b = to;
    CURRENT;
    *ms = (float)(1e3 * (b->tv_sec - a->tv_sec) + 1e-6 * (b->tv_nsec - a->tv_nsec));
    return 0;
}
