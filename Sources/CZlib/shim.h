// What Swift cannot import from zlib: function-like macros.
#pragma once
#include <zlib.h>

// inflateInit(stream)
static inline int facestream_inflate_init(z_stream *stream) { return inflateInit(stream); }
