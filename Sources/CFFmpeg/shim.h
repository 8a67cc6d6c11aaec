// What Swift cannot import from FFmpeg: function-like macros and macros with casts; and what changed
// its place between FFmpeg 5.1 and 8, so that the Swift sources need not know.
#pragma once

#include <errno.h>
#include <string.h>
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/crc.h>
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
// AVERROR_HTTP_UNAUTHORIZED
static inline int facestream_averror_http_unauthorized(void) { return AVERROR_HTTP_UNAUTHORIZED; }
// AVERROR_HTTP_FORBIDDEN
static inline int facestream_averror_http_forbidden(void) { return AVERROR_HTTP_FORBIDDEN; }
// AVERROR_PROTOCOL_NOT_FOUND
static inline int facestream_averror_protocol_not_found(void) { return AVERROR_PROTOCOL_NOT_FOUND; }
// AVERROR(e)
static inline int facestream_averror(int errno_value) { return AVERROR(errno_value); }
// AV_NOPTS_VALUE
static inline int64_t facestream_nopts(void) { return AV_NOPTS_VALUE; }

// AVFrame.duration, called pkt_duration before FFmpeg 6.0
static inline int64_t facestream_frame_duration(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  return frame->duration;
#else
  return frame->pkt_duration;
#endif
}
static inline void facestream_set_frame_duration(AVFrame *frame, int64_t duration) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  frame->duration = duration;
#else
  frame->pkt_duration = duration;
#endif
}

// AVFrame.flags & AV_FRAME_FLAG_INTERLACED, called interlaced_frame before FFmpeg 6.1
static inline int facestream_frame_is_interlaced(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return (frame->flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
  return frame->interlaced_frame;
#endif
}

// The stream's display matrix (nine int32_t) or NULL: side data moved from AVStream to
// AVCodecParameters in FFmpeg 6.1
static inline const int32_t *facestream_display_matrix(const AVStream *stream) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 100)
  const AVPacketSideData *data = av_packet_side_data_get(
      stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data,
      AV_PKT_DATA_DISPLAYMATRIX);
  return data && data->size >= 9 * sizeof(int32_t) ? (const int32_t *)data->data : NULL;
#else
  size_t size = 0;
  const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)data : NULL;
#endif
}

// Whether side data of a stream still holds after its pictures were turned upright and encoded anew
static inline int facestream_side_data_survives_encoding(enum AVPacketSideDataType type) {
  return type != AV_PKT_DATA_DISPLAYMATRIX && type != AV_PKT_DATA_CPB_PROPERTIES &&
         type != AV_PKT_DATA_DOVI_CONF;
}

// Copies the side data of a stream (mastering display, replay gain, ...) to another. Since FFmpeg 6.1
// it lies in the codec parameters, which a stream copy copies anyway.
static inline int facestream_copy_side_data(AVStream *to, const AVStream *from, int encoded_anew) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 100)
  if (!encoded_anew) return 0;
  for (int i = 0; i < from->codecpar->nb_coded_side_data; i++) {
    const AVPacketSideData *data = &from->codecpar->coded_side_data[i];
    if (!facestream_side_data_survives_encoding(data->type)) continue;
    AVPacketSideData *copy = av_packet_side_data_new(
        &to->codecpar->coded_side_data, &to->codecpar->nb_coded_side_data, data->type, data->size,
        0);
    if (!copy) return AVERROR(ENOMEM);
    memcpy(copy->data, data->data, data->size);
  }
#else
  for (int i = 0; i < from->nb_side_data; i++) {
    const AVPacketSideData *data = &from->side_data[i];
    if (encoded_anew && !facestream_side_data_survives_encoding(data->type)) continue;
    uint8_t *copy = av_stream_new_side_data(to, data->type, data->size);
    if (!copy) return AVERROR(ENOMEM);
    memcpy(copy, data->data, data->size);
  }
#endif
  return 0;
}

// The encoder's list of pixel formats, ended by AV_PIX_FMT_NONE, or NULL for any:
// AVCodec.pix_fmts is deprecated since FFmpeg 7.1
static inline const enum AVPixelFormat *facestream_encoder_pixel_formats(const AVCodec *codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
  const void *formats = NULL;
  if (avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_PIX_FORMAT, 0, &formats, NULL) < 0)
    return NULL;
  return (const enum AVPixelFormat *)formats;
#else
  return codec->pix_fmts;
#endif
}

// The encoder's list of frame rates, ended by 0/0, or NULL for any: AVCodec.supported_framerates is
// deprecated since FFmpeg 7.1
static inline const AVRational *facestream_encoder_frame_rates(const AVCodec *codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
  const void *rates = NULL;
  if (avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_FRAME_RATE, 0, &rates, NULL) < 0)
    return NULL;
  return (const AVRational *)rates;
#else
  return codec->supported_framerates;
#endif
}

// Flags of a bilinear scaler; they became an enumeration after FFmpeg 7. For conversions that are kept:
// every chroma sample counts, and every processor gives the same numbers.
static inline int facestream_exact_scaler_flags(void) {
  return SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT;
}
// For the network's picture: two neighbouring pixels share their chroma, in a third of the time.
static inline int facestream_quick_scaler_flags(void) { return SWS_BILINEAR | SWS_ACCURATE_RND; }
