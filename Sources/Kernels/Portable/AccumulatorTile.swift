import KernelInterface

/// Sums of a few neighbouring pixels times one or two blocks of output channels, held in registers.
///
/// Made of nested structs instead of arrays, so that each sum is a value of its own to the compiler.
protocol AccumulatorTile {
  associatedtype Vector: LaneVector
  associatedtype Weights

  static var pixels: Int { get }
  static var blocks: Int { get }

  /// Begins with these sums for every pixel.
  init(_ start: Weights)
  /// Loads the weights of one input channel, or what sums begin with.
  static func weights(_ memory: FloatMemory) -> Weights
  /// Adds one input channel's products; `input` is that channel of the first pixel.
  mutating func add(_ input: FloatMemory, pixelPitch: Int, _ weights: Weights)
  /// Hands all sums over, those of the tile's first pixel as those of `pixel`.
  func drain<S: Sink>(into sink: S, pixel: Int) where S.Vector == Vector
}

/// Where sums go.
protocol Sink {
  associatedtype Vector: LaneVector
  func store(_ sum: Vector, pixel: Int, block: Int)
}

struct OneBlock<Vector: LaneVector>: AccumulatorTile {
  var sum: Vector

  static var pixels: Int { @inline(__always) get { 1 } }
  static var blocks: Int { @inline(__always) get { 1 } }

  @inline(__always) init(_ start: Vector) { sum = start }

  @inline(__always)
  static func weights(_ memory: FloatMemory) -> Vector { Vector(memory, at: 0) }

  @inline(__always)
  mutating func add(_ input: FloatMemory, pixelPitch: Int, _ weights: Vector) {
    sum = sum.plus(Vector(repeating: input[0]), times: weights)
  }

  @inline(__always)
  func drain<S: Sink>(into sink: S, pixel: Int) where S.Vector == Vector {
    sink.store(sum, pixel: pixel, block: 0)
  }
}

struct TwoBlocks<Vector: LaneVector>: AccumulatorTile {
  var first: Vector
  var second: Vector

  static var pixels: Int { @inline(__always) get { 1 } }
  static var blocks: Int { @inline(__always) get { 2 } }

  @inline(__always)
  init(_ start: (Vector, Vector)) {
    first = start.0
    second = start.1
  }

  @inline(__always)
  static func weights(_ memory: FloatMemory) -> (Vector, Vector) {
    (Vector(memory, at: 0), Vector(memory, at: Vector.lanes))
  }

  @inline(__always)
  mutating func add(_ input: FloatMemory, pixelPitch: Int, _ weights: (Vector, Vector)) {
    let value = Vector(repeating: input[0])
    first = first.plus(value, times: weights.0)
    second = second.plus(value, times: weights.1)
  }

  @inline(__always)
  func drain<S: Sink>(into sink: S, pixel: Int) where S.Vector == Vector {
    sink.store(first, pixel: pixel, block: 0)
    sink.store(second, pixel: pixel, block: 1)
  }
}

/// Twice as many pixels.
struct Two<Part: AccumulatorTile>: AccumulatorTile {
  typealias Vector = Part.Vector
  var a: Part
  var b: Part

  static var pixels: Int { @inline(__always) get { 2 * Part.pixels } }
  static var blocks: Int { @inline(__always) get { Part.blocks } }

  @inline(__always)
  init(_ start: Part.Weights) {
    a = Part(start)
    b = Part(start)
  }

  @inline(__always)
  static func weights(_ memory: FloatMemory) -> Part.Weights { Part.weights(memory) }

  @inline(__always)
  mutating func add(_ input: FloatMemory, pixelPitch: Int, _ weights: Part.Weights) {
    a.add(input, pixelPitch: pixelPitch, weights)
    b.add(input + Part.pixels * pixelPitch, pixelPitch: pixelPitch, weights)
  }

  @inline(__always)
  func drain<S: Sink>(into sink: S, pixel: Int) where S.Vector == Vector {
    a.drain(into: sink, pixel: pixel)
    b.drain(into: sink, pixel: pixel + Part.pixels)
  }
}

/// Three times as many pixels.
struct Three<Part: AccumulatorTile>: AccumulatorTile {
  typealias Vector = Part.Vector
  var a: Part
  var b: Part
  var c: Part

  static var pixels: Int { @inline(__always) get { 3 * Part.pixels } }
  static var blocks: Int { @inline(__always) get { Part.blocks } }

  @inline(__always)
  init(_ start: Part.Weights) {
    a = Part(start)
    b = Part(start)
    c = Part(start)
  }

  @inline(__always)
  static func weights(_ memory: FloatMemory) -> Part.Weights { Part.weights(memory) }

  @inline(__always)
  mutating func add(_ input: FloatMemory, pixelPitch: Int, _ weights: Part.Weights) {
    a.add(input, pixelPitch: pixelPitch, weights)
    b.add(input + Part.pixels * pixelPitch, pixelPitch: pixelPitch, weights)
    c.add(input + 2 * Part.pixels * pixelPitch, pixelPitch: pixelPitch, weights)
  }

  @inline(__always)
  func drain<S: Sink>(into sink: S, pixel: Int) where S.Vector == Vector {
    a.drain(into: sink, pixel: pixel)
    b.drain(into: sink, pixel: pixel + Part.pixels)
    c.drain(into: sink, pixel: pixel + 2 * Part.pixels)
  }
}

// How many pixels and blocks fill the registers without overflowing them. With AVX-512, 12 × 2 of 32
// registers; with AVX2, 6 pixels of one block, two registers each, of 16; baseline x86-64 has 16 and
// arm64 32 registers of a quarter block.
#if KERNELS_AVX512
  typealias PanelTile = Three<Two<Two<TwoBlocks<Block>>>>
  typealias PanelTail = Two<Two<TwoBlocks<Block>>>
  typealias BlockTile = Three<Two<Two<OneBlock<Block>>>>
  typealias BlockTail = Two<Two<OneBlock<Block>>>
  typealias HalfBlockTile = Three<Two<Two<OneBlock<HalfBlock>>>>
  typealias HalfBlockTail = Two<Two<OneBlock<HalfBlock>>>
#elseif KERNELS_AVX2 || arch(arm64)
  typealias PanelTile = BlockTile
  typealias PanelTail = BlockTail
  typealias BlockTile = Three<Two<OneBlock<Block>>>
  typealias BlockTail = Two<OneBlock<Block>>
  typealias HalfBlockTile = Three<Two<Two<OneBlock<HalfBlock>>>>
  typealias HalfBlockTail = Two<Two<OneBlock<HalfBlock>>>
#else
  typealias PanelTile = BlockTile
  typealias PanelTail = BlockTail
  typealias BlockTile = Three<OneBlock<Block>>
  typealias BlockTail = OneBlock<Block>
  typealias HalfBlockTile = Three<Two<OneBlock<HalfBlock>>>
  typealias HalfBlockTail = Two<OneBlock<HalfBlock>>
#endif

/// The same under a name that `FloatTiles` does not hide.
typealias FloatPanelTail = PanelTail

/// The tiles of one kind of vector: for two blocks of outputs side by side and for one, each with the
/// smaller tile for ends of rows.
protocol TileFamily {
  associatedtype Vector
  associatedtype Panel: AccumulatorTile where Panel.Vector == Vector
  associatedtype PanelTail: AccumulatorTile where PanelTail.Vector == Vector
  associatedtype Single: AccumulatorTile where Single.Vector == Vector
  associatedtype SingleTail: AccumulatorTile where SingleTail.Vector == Vector
}

/// Products of float32.
enum FloatTiles: TileFamily {
  typealias Vector = Block
  typealias Panel = PanelTile
  typealias PanelTail = FloatPanelTail
  typealias Single = BlockTile
  typealias SingleTail = BlockTail
}

#if KERNELS_BFLOAT16
  /// Products of the separable blocks' 1×1 convolutions.
  enum ProductTiles: TileFamily {
    typealias Vector = PairedBlock
    typealias Panel = Three<Two<Two<TwoBlocks<PairedBlock>>>>
    typealias PanelTail = Two<Two<TwoBlocks<PairedBlock>>>
    typealias Single = Three<Two<Two<OneBlock<PairedBlock>>>>
    typealias SingleTail = Two<Two<OneBlock<PairedBlock>>>
  }
#else
  /// Products of the separable blocks' 1×1 convolutions.
  typealias ProductTiles = FloatTiles
#endif
