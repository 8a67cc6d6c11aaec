#pragma once

#if defined(__x86_64__)
// Stands in for the compiler's __builtin_cpu_supports, which Swift cannot call: whether processor
// and operating system offer x86-64-v3 (AVX2, FMA and their companions).
static inline int facestream_processor_has_v3(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

// The same for x86-64-v4 (AVX-512 F, BW, CD, DQ and VL).
static inline int facestream_processor_has_v4(void) {
  return facestream_processor_has_v3() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#else
static inline int facestream_processor_has_v3(void) { return 0; }
static inline int facestream_processor_has_v4(void) { return 0; }
#endif

// Stands in for the processor's hint that a loop only waits for another thread.
static inline void facestream_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
