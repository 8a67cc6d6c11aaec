import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline

/// The records of a camera for one client, as server-sent events (WHATWG HTML, section 9.2): `header`
/// once, `frame` for each frame, `end` when the run is over.
struct RecordStream: Sendable {
  private let records: Subscription<RecordLine>
  private let client: StreamClient

  /// After so long without a record a comment is sent, which keeps proxies from closing the connection.
  private static let pulse = TimeAmount.seconds(10)
  /// How long clients wait before they connect again, in milliseconds.
  private static let retry = 2000

  init(_ records: Subscription<RecordLine>, for client: StreamClient) {
    self.records = records
    self.client = client
  }

  var response: Response {
    let records = records
    let body = client.body(following: records, pulse: Self.pulse) { writer in
      try await writer.write(ByteBuffer(string: "retry: \(Self.retry)\n\n"))
      for await record in records.elements {
        try await writer.write(record.map(Self.event) ?? ByteBuffer(string: ":\n\n"))
      }
      // Neither who left nor who was told to stop hears of the end of a run.
      try Task.checkCancellation()
      try await writer.write(ByteBuffer(string: "event: end\ndata: {}\n\n"))
    }
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8"], body: body)
  }

  /// JSON holds no line ends, so one line of data is enough.
  private static func event(_ record: RecordLine) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.reserveCapacity(record.bytes.count + 64)
    switch record.kind {
    case .header: buffer.writeString("event: header\ndata: ")
    case .frame(let number): buffer.writeString("id: \(number)\nevent: frame\ndata: ")
    }
    buffer.writeBytes(record.bytes)
    buffer.writeString("\n\n")
    return buffer
  }
}
