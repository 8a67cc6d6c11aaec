import Detection
import Inference
import Media
import Testing

@testable import Pipeline

/// One key of the pipeline file with a value it takes and one it refuses.
struct KeyCase: Sendable, CustomTestStringConvertible {
  var key: String
  var good: String
  var bad: String
  /// Completes "give …".
  var accepted: String
  /// Whether the good value arrived.
  var holds: @Sendable (Configuration) -> Bool

  var testDescription: String { key }

  static let all: [KeyCase] = [
    KeyCase(
      key: "input", good: "talk.mp4", bad: "",
      accepted: "a path, a URL, a device, - or lavfi:GRAPH"
    ) { $0.input == "talk.mp4" },
    KeyCase(
      key: "name", good: "front-door_2", bad: "front door",
      accepted: "up to 64 letters, digits, - and _"
    ) { $0.name == "front-door_2" },
    KeyCase(
      key: "input-format", good: "mjpeg", bad: "", accepted: "the name of an FFmpeg input format"
    ) { $0.inputFormat == "mjpeg" },
    KeyCase(
      key: "output", good: "out.mp4", bad: "", accepted: "a path, a URL or -, or a list of them"
    ) { $0.outputs == ["out.mp4"] },
    KeyCase(
      key: "format", good: "matroska", bad: "", accepted: "the name of an FFmpeg output format"
    ) { $0.format == "matroska" },
    KeyCase(
      key: "segment", good: "10m", bad: "0.5",
      accepted: "a time from 1 s to 24 h such as 90, 30s, 10m or 1h, or off"
    ) { $0.segment == 600 },
    KeyCase(
      key: "tracks", good: "faces.jsonl", bad: "",
      accepted: "a list of files ending in .jsonl, .csv or .txt"
    ) { $0.tracks == ["faces.jsonl"] },
    KeyCase(
      key: "tracks-from", good: "faces.jsonl", bad: "",
      accepted: "a file of tracks ending in .jsonl"
    ) { $0.tracksFrom == "faces.jsonl" },
    KeyCase(key: "overwrite", good: "true", bad: "perhaps", accepted: "true or false") {
      $0.overwrite
    },
    KeyCase(
      key: "draw", good: "boxes,axes", bad: "boxes,hats",
      accepted: "a list of boxes, ids, landmarks, axes, cuboid, none"
    ) { $0.draw == [.boxes, .axes] },
    KeyCase(
      key: "focal", good: "1234.5", bad: "0.5", accepted: "a focal length from 1 to 1000000 pixels"
    ) { $0.focal == 1234.5 },
    KeyCase(key: "threads", good: "3", bad: "0", accepted: "a whole number from 1 to 1024") {
      $0.threads == 3
    },
    KeyCase(
      key: "max-pixels", good: "1000", bad: "1.5", accepted: "a whole number from 1 to 1073741824"
    ) { $0.maximumPixels == 1000 },
    KeyCase(
      key: "detect.model", good: "my.safetensors", bad: "", accepted: "a safetensors file"
    ) { $0.detect.model == "my.safetensors" },
    KeyCase(
      key: "detect.size", good: "320x240", bad: "31",
      accepted: "a long side from 32 to 8192, WIDTHxHEIGHT, or source"
    ) { $0.detect.size == .within(width: 320, height: 240) },
    KeyCase(key: "detect.score", good: "0.75", bad: "1.01", accepted: "a number from 0 to 1") {
      $0.detect.score == 0.75
    },
    KeyCase(key: "detect.nms", good: "0", bad: "-0.1", accepted: "a number from 0 to 1") {
      $0.detect.nms == 0
    },
    KeyCase(
      key: "detect.max-faces", good: "7", bad: "many", accepted: "a whole number from 1 to 100000"
    ) { $0.detect.maximumFaces == 7 },
    KeyCase(
      key: "detect.min-face", good: "24", bad: "nan",
      accepted: "a size from 0 to 1000000 pixels"
    ) { $0.detect.minimumFace == 24 },
    KeyCase(
      key: "detect.kernels", good: "reference", bad: "Reference",
      accepted: "reference, openblas, tiled, bfloat16"
    ) { $0.detect.kernels == .reference },
    KeyCase(
      key: "detect.quality", good: "best", bad: "good", accepted: "fast, balanced, best"
    ) { $0.detect.quality == .best },
    KeyCase(key: "detect.multi-scale", good: "on", bad: "true", accepted: "auto, on, off") {
      $0.detect.multiScale == .on
    },
    KeyCase(key: "detect.flip", good: "off", bad: "no", accepted: "auto, on, off") {
      $0.detect.flip == .off
    },
    KeyCase(key: "detect.tiles", good: "on", bad: "4", accepted: "auto, on, off") {
      $0.detect.tiles == .on
    },
    KeyCase(
      key: "detect.merging", good: "soft", bad: "hard", accepted: "auto, nms, soft, voting"
    ) { $0.detect.merging == .soft },
    KeyCase(
      key: "detect.every", good: "3", bad: "0",
      accepted: "auto or a whole number of frames from 1 to 100"
    ) { $0.detect.every == .frames(3) },
    KeyCase(key: "track.iou", good: "0.25", bad: "a half", accepted: "a number from 0 to 1") {
      $0.track.iou == 0.25
    },
    KeyCase(key: "track.low-score", good: "0.25", bad: "2", accepted: "a number from 0 to 1") {
      $0.track.lowScore == 0.25
    },
    KeyCase(
      key: "track.min-hits", good: "1", bad: "1001", accepted: "a whole number from 1 to 1000"
    ) { $0.track.minimumHits == 1 },
    KeyCase(
      key: "track.lost-for", good: "2.5", bad: ".inf",
      accepted: "a number of seconds from 0 to 3600"
    ) { $0.track.lostFor == 2.5 },
    KeyCase(
      key: "track.lookahead", good: "15", bad: "-1", accepted: "a whole number from 0 to 300"
    ) { $0.track.lookahead == 15 },
    KeyCase(
      key: "track.min-track", good: "5", bad: "0", accepted: "a whole number from 1 to 301"
    ) { $0.track.minimumTrack == 5 },
    KeyCase(key: "track.smoothing", good: "off", bad: "kalman", accepted: "one-euro, off") {
      $0.track.smoothing == .off
    },
    KeyCase(key: "track.camera-motion", good: "off", bad: "on", accepted: "off, auto") {
      $0.track.cameraMotion == .off
    },
    KeyCase(
      key: "track.reset-on-reconnect", good: "true", bad: "always", accepted: "true or false"
    ) { $0.track.resetsOnReconnect },
    KeyCase(key: "pose.ipd", good: "58.5", bad: "0", accepted: "a distance from 20 to 120 mm") {
      $0.pose.interpupillaryDistance == 58.5
    },
    KeyCase(key: "pose.smooth", good: "on", bad: "true", accepted: "auto, on, off") {
      $0.pose.smooth == .on
    },
    KeyCase(
      key: "redact.style", good: "blur", bad: "smear", accepted: "none, blur, pixelate, solid"
    ) { $0.redact.style == .blur },
    KeyCase(key: "redact.shape", good: "box", bad: "star", accepted: "ellipse, box") {
      $0.redact.shape == .box
    },
    KeyCase(key: "redact.scale", good: "1.5", bad: "0.4", accepted: "a number from 0.5 to 10") {
      $0.redact.scale == 1.5
    },
    KeyCase(
      key: "redact.extend", good: "30", bad: "301", accepted: "a whole number from 0 to 300"
    ) { $0.redact.extend == 30 },
    KeyCase(key: "redact.on-failure", good: "stop", bad: "go", accepted: "hide, stop, keep") {
      $0.redact.onFailure == .stop
    },
    KeyCase(key: "redact.report", good: "check.jsonl", bad: "", accepted: "a file of JSON lines") {
      $0.redact.report == "check.jsonl"
    },
    KeyCase(key: "crops.folder", good: "crops", bad: "", accepted: "a folder") {
      $0.crops.folder == "crops"
    },
    KeyCase(
      key: "crops.per-track", good: "3", bad: "100", accepted: "a whole number from 1 to 99"
    ) { $0.crops.perTrack == 3 },
    KeyCase(key: "live.input", good: "on", bad: "true", accepted: "auto, on, off") {
      $0.live.input == .on
    },
    KeyCase(
      key: "live.timeout", good: "2.5", bad: "0",
      accepted: "a number of seconds from 0.1 to 3600"
    ) { $0.live.timeout == 2.5 },
    KeyCase(key: "live.rtsp-transport", good: "udp", bad: "http", accepted: "auto, tcp, udp") {
      $0.live.rtspTransport == .udp
    },
    KeyCase(key: "live.reconnect", good: "off", bad: "never", accepted: "auto, on, off") {
      $0.live.reconnect == .off
    },
    KeyCase(
      key: "live.reconnect-delay", good: "5", bad: "-1",
      accepted: "a number of seconds from 0.1 to 3600"
    ) { $0.live.reconnectDelay == 5 },
    KeyCase(
      key: "live.reconnect-attempts", good: "3", bad: "0",
      accepted: "a whole number from 1 to 1000000"
    ) { $0.live.reconnectAttempts == 3 },
    KeyCase(
      key: "live.max-errors", good: "0", bad: "-1", accepted: "a whole number from 0 to 1000000"
    ) { $0.live.maximumErrors == 0 },
    KeyCase(key: "live.wait", good: "true", bad: "yes, please", accepted: "true or false") {
      $0.live.waits
    },
    KeyCase(
      key: "encode.codec", good: "libx265", bad: "", accepted: "the name of an FFmpeg encoder"
    ) { $0.encode.codec == "libx265" },
    KeyCase(key: "encode.crf", good: "18.5", bad: "64", accepted: "a number from 0 to 63") {
      $0.encode.crf == 18.5
    },
    KeyCase(
      key: "encode.preset", good: "slow", bad: "", accepted: "the name of a preset of the encoder"
    ) { $0.encode.preset == "slow" },
    KeyCase(
      key: "encode.bitrate", good: "4.5M", bad: "4G",
      accepted: "bits per second such as 4000000, 4000k or 4M"
    ) { $0.encode.bitrate == 4_500_000 },
    KeyCase(
      key: "encode.pixel-format", good: "yuv444p", bad: "",
      accepted: "the name of an FFmpeg pixel format"
    ) { $0.encode.pixelFormat == "yuv444p" },
    KeyCase(
      key: "encode.encoder-threads", good: "2", bad: "129",
      accepted: "a whole number from 1 to 128"
    ) { $0.encode.threads == 2 },
    KeyCase(key: "buffer.capacity", good: "1", bad: "", accepted: "a whole number from 1 to 1000") {
      $0.buffer.capacity == 1
    },
    KeyCase(
      key: "buffer.when-full", good: "drop-oldest", bad: "dropOldest",
      accepted: "auto, wait, drop-oldest"
    ) { $0.buffer.whenFull == .dropOldest },
    KeyCase(
      key: "http", good: "127.0.0.1:8080", bad: "camera.example:8080",
      accepted: "an IP address and a port such as 127.0.0.1:8080, or a port"
    ) { $0.serving.address == ListenAddress(host: "127.0.0.1", port: 8080) },
    KeyCase(
      key: "http-token", good: "open sesame", bad: "", accepted: "a word that clients must present"
    ) { $0.serving.token == "open sesame" },
  ]
}
