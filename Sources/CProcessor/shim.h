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

// The same for x86-64-v4 with AVX-512 BF16.
static inline int facestream_processor_has_bfloat16(void) {
  return facestream_processor_has_v4() && __builtin_cpu_supports("avx512bf16");
}
#else
static inline int facestream_processor_has_v3(void) { return 0; }
static inline int facestream_processor_has_v4(void) { return 0; }
static inline int facestream_processor_has_bfloat16(void) { return 0; }
#endif

#if defined(__AVX512BF16__)
// Vectors as Swift imports them: SIMD16<Float> and SIMD8<Float>.
typedef float facestream_float16 __attribute__((ext_vector_type(16)));
typedef float facestream_float8 __attribute__((ext_vector_type(8)));

// VDPBF16PS, which has no form in Swift: adds to each sum the products of two pairs of bfloat16, that
// lie in the bits of a float each.
static inline __attribute__((always_inline)) facestream_float16 facestream_add_bfloat16_products(
    facestream_float16 sums, facestream_float16 a, facestream_float16 b) {
  typedef __bf16 pairs __attribute__((__vector_size__(64)));
  return (facestream_float16)__builtin_ia32_dpbf16ps_512(sums, (pairs)a, (pairs)b);
}

// VCVTNEPS2BF16: rounds to nearest, two neighbours in the bits of a float.
static inline __attribute__((always_inline)) facestream_float8 facestream_to_bfloat16(
    facestream_float16 values) {
  typedef __bf16 halves __attribute__((__vector_size__(32)));
  return (facestream_float8)__builtin_ia32_cvtneps2bf16_512_mask(values, (halves){0}, 0xFFFF);
}
#endif

// Stands in for the processor's hint that a loop only waits for another thread.
static inline void facestream_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
