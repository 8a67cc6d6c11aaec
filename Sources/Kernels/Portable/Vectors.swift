import CProcessor
import KernelInterface

/// One block of channels, or half a block: what the kernels know of vectors.
///
/// A protocol of our own, with whole implementations for the two types, and no use of what the
/// standard library offers for all vectors: that would become functions that all processor levels
/// share, and the linker might keep the copy made for a level this processor does not have.
protocol LaneVector {
  static var lanes: Int { get }

  init()
  init(repeating value: Float)
  init(_ memory: FloatMemory, at index: Int)
  func store(_ memory: MutableFloatMemory, at index: Int)
  /// Floats that `storeForProducts` writes.
  static var productLanes: Int { get }
  /// Stores channels as the products of a 1×1 convolution read them.
  func storeForProducts(_ memory: MutableFloatMemory, at index: Int)
  /// Element by element.
  func plus(_ other: Self) -> Self
  /// `self + a · b`, rounded once where the processor level can.
  func plus(_ a: Self, times b: Self) -> Self
  /// Negative elements multiplied by a slope in 0...1: the larger of both, which is one instruction.
  func activated(slope: Self) -> Self
}

typealias Block = SIMD16<Float>
typealias HalfBlock = SIMD8<Float>

extension SIMD16<Float>: LaneVector {
  static var lanes: Int { @inline(__always) get { 16 } }

  #if KERNELS_BFLOAT16
    static var productLanes: Int { @inline(__always) get { 8 } }

    @inline(__always)
    func storeForProducts(_ memory: MutableFloatMemory, at index: Int) {
      memory.set(facestream_to_bfloat16(self), at: index)
    }
  #else
    static var productLanes: Int { @inline(__always) get { 16 } }

    @inline(__always)
    func storeForProducts(_ memory: MutableFloatMemory, at index: Int) { store(memory, at: index) }
  #endif

  @inline(__always)
  init(_ memory: FloatMemory, at index: Int) { self = memory.vector(Self.self, at: index) }

  @inline(__always)
  func store(_ memory: MutableFloatMemory, at index: Int) { memory.set(self, at: index) }

  @inline(__always)
  func plus(_ other: Self) -> Self { self + other }

  @inline(__always)
  func plus(_ a: Self, times b: Self) -> Self {
    // Without instructions for it `addingProduct` would call a function for each element.
    #if KERNELS_FUSED || arch(arm64)
      self.addingProduct(a, b)
    #else
      self + a * b
    #endif
  }

  @inline(__always)
  func activated(slope: Self) -> Self {
    let scaled = self * slope
    return replacing(with: scaled, where: scaled .> self)
  }
}

extension SIMD8<Float>: LaneVector {
  static var lanes: Int { @inline(__always) get { 8 } }
  static var productLanes: Int { @inline(__always) get { 8 } }

  @inline(__always)
  func storeForProducts(_ memory: MutableFloatMemory, at index: Int) { store(memory, at: index) }

  @inline(__always)
  init(_ memory: FloatMemory, at index: Int) { self = memory.vector(Self.self, at: index) }

  @inline(__always)
  func store(_ memory: MutableFloatMemory, at index: Int) { memory.set(self, at: index) }

  @inline(__always)
  func plus(_ other: Self) -> Self { self + other }

  @inline(__always)
  func plus(_ a: Self, times b: Self) -> Self {
    #if KERNELS_FUSED || arch(arm64)
      self.addingProduct(a, b)
    #else
      self + a * b
    #endif
  }

  @inline(__always)
  func activated(slope: Self) -> Self {
    let scaled = self * slope
    return replacing(with: scaled, where: scaled .> self)
  }
}

#if KERNELS_BFLOAT16
  /// A block of float32 sums whose factors are pairs of bfloat16 in the bits of a float: two
  /// neighbouring input channels times their weights are added at once.
  struct PairedBlock: LaneVector {
    var sums: Block

    static var lanes: Int { @inline(__always) get { 16 } }
    static var productLanes: Int { @inline(__always) get { 8 } }

    @inline(__always) init(_ sums: Block) { self.sums = sums }
    @inline(__always) init() { sums = Block() }
    @inline(__always) init(repeating value: Float) { sums = Block(repeating: value) }

    @inline(__always)
    init(_ memory: FloatMemory, at index: Int) { sums = Block(memory, at: index) }

    @inline(__always)
    func store(_ memory: MutableFloatMemory, at index: Int) { sums.store(memory, at: index) }

    @inline(__always)
    func storeForProducts(_ memory: MutableFloatMemory, at index: Int) {
      sums.storeForProducts(memory, at: index)
    }

    @inline(__always)
    func plus(_ other: Self) -> Self { Self(sums.plus(other.sums)) }

    @inline(__always)
    func plus(_ a: Self, times b: Self) -> Self {
      Self(facestream_add_bfloat16_products(sums, a.sums, b.sums))
    }

    @inline(__always)
    func activated(slope: Self) -> Self { Self(sums.activated(slope: slope.sums)) }
  }
#endif
