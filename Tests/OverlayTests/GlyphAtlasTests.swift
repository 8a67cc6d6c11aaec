import Overlay
import Testing

@Suite("Glyph atlas")
struct GlyphAtlasTests {
  @Test("holds every printable character", arguments: [1, 10, 24, 72])
  func glyphs(textSize: Int) {
    let atlas = GlyphAtlas(textSize: textSize)
    #expect(!atlas.isEmpty && atlas.ascent >= textSize / 2)
    for character in UInt8(ascii: "!")...UInt8(ascii: "~") {
      let glyph = atlas[character]
      let end = glyph.firstPixel + glyph.width * glyph.height
      #expect(end <= atlas.pixels.count)
      guard textSize >= 10 else { continue }
      #expect(glyph.advance > 0)
      #expect(atlas.pixels[glyph.firstPixel..<end].contains { $0 > 100 })
    }
    #expect(atlas[UInt8(ascii: " ")].width == 0)
    #expect(atlas[0xC3] == atlas[UInt8(ascii: "?")])
    #expect(atlas[0] == atlas[UInt8(ascii: "?")])
  }

  @Test("adds up the width of a text")
  func width() {
    let atlas = GlyphAtlas(textSize: 24)
    #expect(atlas.width(of: []) == 0)
    let one = atlas.width(of: [UInt8(ascii: "0")])
    #expect(one > 8 && one < 24)
    #expect(atlas.width(of: Array("000".utf8)) == 3 * one)
  }
}
