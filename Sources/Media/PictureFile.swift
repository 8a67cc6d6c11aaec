import Foundation

/// Endings of the picture files FFmpeg both reads and writes with nothing but itself, and of WebP.
private let pictureEndings: Set<String> = [
  "bmp", "jpeg", "jpg", "pgm", "png", "ppm", "tga", "tif", "tiff", "webp",
]

/// Whether a path's ending is that of a picture file, in upper or lower case.
package func isPictureFile(_ path: String) -> Bool {
  pictureEndings.contains((path as NSString).pathExtension.lowercased())
}

/// The endings of picture files, for messages.
package let pictureEndingsText = pictureEndings.sorted().joined(separator: ", ")

/// Whether a path's ending is that of a video or picture FFmpeg writes.
package func isNamedAsMedia(_ path: String) -> Bool { Muxer.isNamedAsMedia(path) }
