internal import CZlib

/// Decompresses a zlib stream (RFC 1950); what follows its end is ignored.
///
/// - Parameter limit: More bytes of output are refused: a few kilobytes can hold gigabytes.
func inflated(_ input: ArraySlice<UInt8>, limit: Int) throws(MatlabDefect) -> [UInt8] {
  var stream = unsafe z_stream()
  guard unsafe facestream_inflate_init(&stream) == Z_OK else {
    throw MatlabDefect(reason: "there is no memory to decompress it")
  }
  defer { unsafe inflateEnd(&stream) }
  var output: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  var input = Array(input)
  let code = unsafe input.withUnsafeMutableBufferPointer { source -> Int32 in
    unsafe stream.next_in = source.baseAddress
    unsafe stream.avail_in = UInt32(source.count)
    var code = Z_OK
    // Ends: every turn consumes input or makes output, otherwise zlib answers Z_BUF_ERROR.
    while code == Z_OK && output.count <= limit {
      let written = unsafe chunk.withUnsafeMutableBufferPointer { target -> Int in
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = UInt32(target.count)
        unsafe code = inflate(&stream, Z_NO_FLUSH)
        return unsafe target.count - Int(stream.avail_out)
      }
      output.append(contentsOf: chunk[..<written])
    }
    return code
  }
  guard output.count <= limit else {
    throw MatlabDefect(reason: "a variable has more than \(limit) bytes")
  }
  guard code == Z_STREAM_END else {
    throw MatlabDefect(reason: "its compressed data is damaged or cut off")
  }
  return output
}
