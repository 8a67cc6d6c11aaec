// What Swift cannot import from FFmpeg: function-like macros, macros with casts and variadic calls.
#pragma once

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/sha.h>
#include <libswscale/swscale.h>

// AVERROR_EOF
static inline int facestream_averror_eof(void) { return AVERROR_EOF; }
// AVERROR_EXIT
static inline int facestream_averror_exit(void) { return AVERROR_EXIT; }
// AVERROR_INVALIDDATA
static inline int facestream_averror_invaliddata(void) { return AVERROR_INVALIDDATA; }
// AVERROR_ENCODER_NOT_FOUND
static inline int facestream_averror_encoder_not_found(void) { return AVERROR_ENCODER_NOT_FOUND; }
// AVERROR(e)
static inline int facestream_averror(int errno_value) { return AVERROR(errno_value); }
// AV_NOPTS_VALUE
static inline int64_t facestream_nopts(void) { return AV_NOPTS_VALUE; }
