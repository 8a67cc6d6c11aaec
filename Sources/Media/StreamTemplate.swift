internal import CFFmpeg

/// A copy of what an input says of a stream, which outlives the input's connection.
@safe
final class StreamTemplate {
  /// Never read from: only its description is of use.
  let handle: UnsafeMutablePointer<AVStream>
  private let context: UnsafeMutablePointer<AVFormatContext>

  /// - Throws: `outOfMemory`.
  init(of stream: UnsafeMutablePointer<AVStream>) throws(MediaError) {
    guard let context = unsafe avformat_alloc_context() else { throw .outOfMemory }
    guard let copy = unsafe avformat_new_stream(context, nil),
      unsafe avcodec_parameters_copy(copy.pointee.codecpar, stream.pointee.codecpar) >= 0,
      unsafe av_dict_copy(&copy.pointee.metadata, stream.pointee.metadata, 0) >= 0,
      unsafe facestream_copy_side_data(copy, stream, 0) >= 0
    else {
      unsafe avformat_free_context(context)
      throw .outOfMemory
    }
    unsafe copy.pointee.time_base = stream.pointee.time_base
    unsafe copy.pointee.avg_frame_rate = stream.pointee.avg_frame_rate
    unsafe copy.pointee.r_frame_rate = stream.pointee.r_frame_rate
    unsafe copy.pointee.disposition = stream.pointee.disposition
    unsafe copy.pointee.sample_aspect_ratio = stream.pointee.sample_aspect_ratio
    unsafe self.context = context
    unsafe handle = copy
  }

  deinit { unsafe avformat_free_context(context) }
}
