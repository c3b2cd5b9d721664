// libcuda for a device that is the CPU: memory is host memory, streams run at once, kernels come from
// GPUSIM_DIR/<name>.so. GPUSIM_LOG=1 prints the calls.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef unsigned long long Address;
typedef size_t Size;
enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_FOUND = 500, LAUNCH_FAILED = 719 };
enum { MOST_GRID_YZ = 65535, MOST_THREADS = 1024, CONTEXTS = 0x1000 };

static int tell(const char *form, ...) {
  if (getenv("GPUSIM_LOG")) {
    va_list words;
    va_start(words, form);
    fputs("[cuda] ", stderr);
    vfprintf(stderr, form, words);
    fputc('\n', stderr);
    va_end(words);
  }
  return OK;
}

// Calls of several threads take turns: a kernel's fibers and shared memory are there once.
static pthread_mutex_t turn = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static void leave(int *held) { pthread_mutex_unlock(&turn); }
#define IN_TURN int held __attribute__((cleanup(leave), unused)) = pthread_mutex_lock(&turn)

// Functions that succeed without doing anything, because nothing here runs later or elsewhere.
#define NOTHING(name) int name(void *a, void *b, void *c, void *d) { return tell(#name); }
NOTHING(cuCtxCreate_v2) NOTHING(cuCtxDestroy) NOTHING(cuCtxEnablePeerAccess) NOTHING(cuCtxPopCurrent)
NOTHING(cuCtxPushCurrent) NOTHING(cuDeviceCanAccessPeer)
NOTHING(cuDeviceGetGraphMemAttribute) NOTHING(cuDeviceGetP2PAttribute) NOTHING(cuDevicePrimaryCtxRelease_v2)
NOTHING(cuEventDestroy) NOTHING(cuEventElapsedTime) NOTHING(cuEventRecord)
NOTHING(cuFuncSetAttribute) NOTHING(cuGraphAddChildGraphNode) NOTHING(cuGraphAddEmptyNode)
NOTHING(cuGraphAddKernelNode) NOTHING(cuGraphAddMemcpyNode) NOTHING(cuGraphAddMemsetNode)
NOTHING(cuGraphCreate) NOTHING(cuGraphDebugDotPrint) NOTHING(cuGraphDestroy) NOTHING(cuGraphExecDestroy)
NOTHING(cuGraphInstantiate) NOTHING(cuGraphInstantiateWithFlags) NOTHING(cuGraphInstantiateWithParams)
NOTHING(cuGraphKernelNodeSetAttribute) NOTHING(cuGraphLaunch) NOTHING(cuLaunchHostFunc)
NOTHING(cuMemAddressFree) NOTHING(cuMemExportToShareableHandle) NOTHING(cuMemGetAddressRange_v2)
NOTHING(cuMemGetHandleForAddressRange) NOTHING(cuMemHostRegister_v2) NOTHING(cuMemHostUnregister)
NOTHING(cuMemPoolSetAccess) NOTHING(cuMemPoolTrimTo) NOTHING(cuMemRelease)
NOTHING(cuMemSetAccess) NOTHING(cuMemUnmap) NOTHING(cuMemcpyBatchAsync) NOTHING(cuMemcpyDtoD)
NOTHING(cuMemsetD16Async) NOTHING(cuMemsetD16_v2)
NOTHING(cuMemsetD2D32Async) NOTHING(cuMemsetD2D32_v2) NOTHING(cuMemsetD32_v2) NOTHING(cuMemsetD8_v2)
NOTHING(cuModuleGetGlobal_v2) NOTHING(cuModuleUnload) NOTHING(cuMulticastAddDevice)
NOTHING(cuMulticastBindMem) NOTHING(cuMulticastCreate) NOTHING(cuMulticastGetGranularity)
NOTHING(cuMulticastUnbind) NOTHING(cuPointerSetAttribute) NOTHING(cuStreamBeginCapture)
NOTHING(cuStreamDestroy) NOTHING(cuStreamDestroy_v2) NOTHING(cuStreamEndCapture) NOTHING(cuStreamWaitEvent)
NOTHING(cuStreamWaitValue64_v2) NOTHING(cuTensorMapEncodeIm2col) NOTHING(cuTensorMapEncodeTiled)
#undef NOTHING

// How often the host has waited: tests ask for it.
static long waited;
long gpusim_waited(void) { return waited; }
#define WAITING(name) int name(void *a) { waited++; return tell(#name); }
WAITING(cuStreamSynchronize) WAITING(cuEventSynchronize) WAITING(cuCtxSynchronize)

// ------------------------------------------------------------------------------------------ the device

int cuInit(unsigned flags) { return tell("cuInit"); }
int cuDriverGetVersion(int *version) { *version = 13000; return OK; }
int cuDeviceGetCount(int *count) { *count = getenv("GPUSIM_DEVICES") ? atoi(getenv("GPUSIM_DEVICES")) : 1; return OK; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return OK; }
int cuDeviceGetName(char *name, int length, int device) { strncpy(name, "CPU simulation of sm_80", length); return OK; }
int cuDeviceTotalMem_v2(Size *bytes, int device) { *bytes = 8ul << 30; return OK; }
int cuDeviceGetUuid_v2(char *uuid, int device) { memset(uuid, 7 + device, 16); return OK; }
int cuDeviceComputeCapability(int *major, int *minor, int device) { *major = 8; *minor = 0; return OK; }

// The numbers of an A100, by CUDA's CUdevice_attribute.
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  switch (attribute) {
    case 1: case 2: case 3: *value = MOST_THREADS; break;   // threads of a block; its x, its y
    case 4: *value = 64; break;                             // its z
    case 5: *value = 2147483647; break;                     // blocks of a grid: x
    case 6: case 7: *value = MOST_GRID_YZ; break;           // y, z
    case 8: *value = 49152; break;                          // shared memory of a block
    case 10: *value = 32; break;                            // threads of a warp
    case 12: case 82: *value = 65536; break;                // registers
    case 13: *value = 1410000; break;                       // clock
    case 16: *value = 108; break;                           // multiprocessors
    case 33: *value = 1; break;                             // PCI bus
    case 36: *value = 1215000; break;                       // memory clock
    case 37: *value = 5120; break;                          // memory bus
    case 38: *value = 41943040; break;                      // L2 cache
    case 39: *value = 2048; break;                          // threads of a multiprocessor
    case 75: *value = 8; break;                             // compute capability
    case 76: *value = 0; break;
    case 81: *value = 167936; break;                        // shared memory of a multiprocessor
    case 97: *value = 166912; break;                        // of a block that asks for it
    case 106: *value = 32; break;                           // blocks of a multiprocessor
    default: *value = 0;
  }
  return tell("cuDeviceGetAttribute %d: %d", attribute, *value);
}

int cuGetErrorName(int error, const char **name) { *name = "CUDA_ERROR_SIMULATED"; return OK; }
int cuGetErrorString(int error, const char **text) { *text = "see the simulator's message"; return OK; }
// A context is a number, of its device; the driver keeps one for each thread.
static __thread Address current = CONTEXTS;
int cuDevicePrimaryCtxRetain(void **context, int device) { *context = (void *)(CONTEXTS + device); return OK; }
int cuCtxGetCurrent(void **context) { *context = (void *)current; return OK; }
int cuCtxSetCurrent(void *context) { current = (Address)context; return tell("cuCtxSetCurrent %llx", current); }
int cuCtxGetDevice(int *device) { *device = current - CONTEXTS; return OK; }
int cuCtxGetStreamPriorityRange(int *least, int *greatest) { *least = *greatest = 0; return OK; }
int cuStreamCreate(void **stream, unsigned flags) { *stream = (void *)0x2000; return OK; }
int cuStreamCreateWithPriority(void **stream, unsigned flags, int priority) { *stream = (void *)0x2000; return OK; }
int cuStreamIsCapturing(void *stream, int *status) { *status = 0; return OK; }
int cuStreamGetCaptureInfo_v2(void *stream, int *status, void *a, void *b, void *c, void *d) { *status = 0; return OK; }
int cuStreamQuery(void *stream) { return OK; }
int cuEventQuery(void *event) { return OK; }
int cuEventCreate(void **event, unsigned flags) { *event = malloc(8); return OK; }

// ---------------------------------------------------------------------------------------------- memory

// What kernels may touch. Before and behind each block lies a fence, which nobody may change.
typedef struct Range { Address start, end; int fenced; struct Range *next; } Range;
static Range *device_memory;
enum { FENCE = 256, PICKET = 0xFB };
static unsigned char whole_fence[FENCE];
__attribute__((constructor)) static void make_fence(void) { memset(whole_fence, PICKET, FENCE); }

static void add_range(Address start, Size bytes, int fenced) {
  IN_TURN;
  Range *range = malloc(sizeof(Range));
  *range = (Range){start, start + bytes, fenced, device_memory};
  device_memory = range;
}
static int on_device(Address address) {
  IN_TURN;
  for (Range *range = device_memory; range; range = range->next)
    if (address >= range->start && address <= range->end) return 1;
  return 0;
}

int gpusim_on_device(Address address) { return on_device(address); }  // for nccl.c

static void put_fence(Address from) { memset((void *)from, PICKET, FENCE); }

// Tells of a fence that a kernel has changed, and puts it up again; returns whether there was one.
static int fence_is_broken(const char *kernel) {
  int found = 0;
  for (Range *range = device_memory; range; range = range->next) {
    if (!range->fenced) continue;
    for (int side = 0; side < 2; side++) {
      unsigned char *fence = (unsigned char *)(side ? range->end : range->start - FENCE);
      if (!memcmp(fence, whole_fence, FENCE)) continue;
      int i = 0;
      while (fence[i] == PICKET) i++;
      fprintf(stderr, "gpusim: %s wrote outside of a block of %llu bytes, at its byte %lld\n", kernel,
              range->end - range->start, (long long)((Address)fence + i - range->start));
      put_fence((Address)fence);
      found = 1;
    }
  }
  return found;
}

// Fresh memory is poisoned: a read before a write gives nan.
static int allocate(Address *address, Size bytes, const char *name) {
  char *room = aligned_alloc(256, FENCE + (bytes + FENCE + 255) / 256 * 256);
  if (!room) return OUT_OF_MEMORY;
  *address = (Address)room + FENCE;
  memset((void *)*address, 0xFF, bytes);
  put_fence(*address - FENCE);
  put_fence(*address + bytes);
  add_range(*address, bytes, 1);
  return tell("%s %zu: %llx", name, bytes, *address);
}
static int release(Address address) {
  IN_TURN;
  for (Range **at = &device_memory; *at; at = &(*at)->next)
    if ((*at)->start == address) {
      Range *gone = *at;
      *at = gone->next;
      free(gone);
      break;
    }
  free((void *)(address - FENCE));
  return tell("cuMemFree %llx", address);
}

static int host(void **pointer, Size bytes) {
  *pointer = aligned_alloc(256, (bytes + 255) / 256 * 256);
  return *pointer ? OK : OUT_OF_MEMORY;
}

int cuMemAlloc_v2(Address *address, Size bytes) { return allocate(address, bytes, "cuMemAlloc"); }
int cuMemAllocAsync(Address *address, Size bytes, void *stream) { return allocate(address, bytes, "cuMemAllocAsync"); }
int cuMemFree_v2(Address address) { return release(address); }
int cuMemFreeAsync(Address address, void *stream) { return release(address); }
int cuMemAllocHost_v2(void **pointer, Size bytes) { return host(pointer, bytes); }
int cuMemHostAlloc(void **pointer, Size bytes, unsigned flags) { return host(pointer, bytes); }
int cuMemFreeHost(void *pointer) { free(pointer); return OK; }
int cuMemHostGetDevicePointer_v2(Address *address, void *pointer, unsigned flags) { *address = (Address)pointer; return OK; }
int cuMemGetInfo_v2(Size *free_bytes, Size *bytes) { *free_bytes = 7ul << 30; *bytes = 8ul << 30; return OK; }
int cuMemGetAllocationGranularity(Size *bytes, void *what, int option) { *bytes = 2097152; return OK; }
int cuDeviceGetMemPool(void **pool, int device) { *pool = (void *)0x3000; return OK; }
int cuDeviceGetDefaultMemPool(void **pool, int device) { *pool = (void *)0x3000; return OK; }

int cuMemAddressReserve(Address *address, Size bytes, Size align, Address wanted, unsigned long long flags) {
  void *pages = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  *address = (Address)pages;
  if (pages == MAP_FAILED) return OUT_OF_MEMORY;
  add_range(*address, bytes, 0);
  return tell("cuMemAddressReserve %zu: %p", bytes, pages);
}
int cuMemMap(Address address, Size bytes, Size offset, Address handle, unsigned long long flags) {
  memset((void *)address, 0xFF, bytes);
  return tell("cuMemMap %zu at %llx", bytes, address);
}
int cuMemCreate(Address *handle, Size bytes, void *what, unsigned long long flags) {
  *handle = bytes;
  return tell("cuMemCreate %zu", bytes);
}

static int copy(Address target, Address source, Size bytes, const char *name) {
  IN_TURN;
  memmove((void *)target, (void *)source, bytes);
  return tell("%s %zu", name, bytes);
}
#define COPY(name) \
  int name##_v2(Address target, Address source, Size bytes) { return copy(target, source, bytes, #name); } \
  int name##Async_v2(Address target, Address source, Size bytes, void *stream) { return copy(target, source, bytes, #name); }
COPY(cuMemcpyHtoD) COPY(cuMemcpyDtoH) COPY(cuMemcpyDtoD)

// Copies between two devices name their contexts too.
int cuMemcpyPeer(Address target, void *to, Address source, void *from, Size bytes) {
  return copy(target, source, bytes, "cuMemcpyPeer");
}
int cuMemcpyPeerAsync(Address target, void *to, Address source, void *from, Size bytes, void *stream) {
  return copy(target, source, bytes, "cuMemcpyPeerAsync");
}

int cuMemsetD32Async(Address target, unsigned value, Size count, void *stream) {
  IN_TURN;
  for (Size i = 0; i < count; i++) ((unsigned *)target)[i] = value;
  return OK;
}
int cuMemsetD8Async(Address target, unsigned char value, Size count, void *stream) {
  IN_TURN;
  memset((void *)target, value, count);
  return OK;
}
int cuPointerGetAttributes(unsigned count, int *attributes, void **data, Address pointer) { return OK; }

// --------------------------------------------------------------------------------------------- kernels

typedef struct {
  int (*launch)(int, int, int, int, int, int, void **);
  long count, *sizes;  // of the parameters
  char name[512];
} Function;

int cuModuleLoadDataEx(void **module, const void *image, unsigned count, void *options, void *values) {
  *module = (void *)image;
  return OK;
}

int cuModuleGetFunction(Function **function, void *module, const char *name) {
  const char *folder = getenv("GPUSIM_DIR");
  char path[2048];
  snprintf(path, sizeof path, "%s/%s.so", folder ? folder : ".", name);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "gpusim: kernel %s is not among the simulated ones (%s)\n", name, dlerror());
    return NOT_FOUND;
  }
  Function *found = calloc(1, sizeof(Function));
  strncpy(found->name, name, sizeof found->name - 1);
  *(void **)&found->launch = dlsym(library, "sim_launch");
  found->count = *(long *)dlsym(library, "sim_count");
  found->sizes = dlsym(library, "sim_sizes");
  *function = found;
  return tell("cuModuleGetFunction %s", name);
}
int cuFuncGetAttribute(int *value, int attribute, void *function) { *value = 0; return OK; }
int cuFuncGetParamInfo(void *function, Size i, Size *offset, Size *bytes) { return INVALID_VALUE; }
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void *function, int threads, Size shared) {
  *blocks = 2;
  return OK;
}

// Returns a word of the arguments that is an address in use on the host, 0 where there is none. A real device
// would fault when it follows that address.
static Address host_address(Function *f, void **params) {
  for (long i = 0; i < f->count; i++)
    for (long k = 0; k + 8 <= f->sizes[i]; k += 8) {
      Address word;
      unsigned char resident;
      memcpy(&word, (char *)params[i] + k, 8);
      if (word < 1ull << 32 || word >> 47 || on_device(word)) continue;
      if (!mincore((void *)(word & ~4095ull), 1, &resident)) return word;
    }
  return 0;
}

int cuLaunchKernel(Function *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, void *stream, void **params, void **extra) {
  IN_TURN;
  tell("cuLaunchKernel %s grid %u %u %u block %u %u %u", f->name, gx, gy, gz, bx, by, bz);
  if (!gx || !gy || !gz || gy > MOST_GRID_YZ || gz > MOST_GRID_YZ || !bx || !by || !bz || bz > 64) {
    fprintf(stderr, "gpusim: %s: a real device refuses the grid %u %u %u of blocks %u %u %u\n", f->name, gx, gy, gz,
            bx, by, bz);
    return INVALID_VALUE;
  }
  Address host = host_address(f, params);
  if (host) {
    fprintf(stderr, "gpusim: %s: the argument %llx is no address of device memory\n", f->name, host);
    return INVALID_VALUE;
  }
  static const char *reasons[] = {"", "threads of one block wait at different barriers, or some left before it",
                                  "out of memory", "more than 1024 threads in a block"};
  int status = f->launch(gx, gy, gz, bx, by, bz, params);
  if (status) fprintf(stderr, "gpusim: %s: %s\n", f->name, reasons[status]);
  return status || fence_is_broken(f->name) ? LAUNCH_FAILED : OK;
}

typedef struct {
  unsigned gx, gy, gz, bx, by, bz, shared;
  void *stream, *attributes;
  unsigned attribute_count;
} Launch;
int cuLaunchKernelEx(Launch *l, Function *f, void **params, void **extra) {
  return cuLaunchKernel(f, l->gx, l->gy, l->gz, l->bx, l->by, l->bz, l->shared, l->stream, params, extra);
}

// Callers ask for the plain name and get the newest version, as from CUDA's own library.
int cuGetProcAddress_v2(const char *name, void **address, int version, unsigned long long flags, void *status) {
  char newer[256];
  snprintf(newer, sizeof newer, "%s_v2", name);
  *address = dlsym(RTLD_DEFAULT, newer);
  if (!*address) *address = dlsym(RTLD_DEFAULT, name);
  return *address ? OK : NOT_FOUND;
}
