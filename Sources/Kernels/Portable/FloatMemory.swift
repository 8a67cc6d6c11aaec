import KernelInterface

/// A place in memory that a kernel reads floats from.
///
/// Kernels address everything by offsets that a plan has computed and checked against the sizes of
/// its regions once, so an access carries no check of its own. This type and `MutableFloatMemory`
/// are the only ones that do so: the kernels themselves need no unsafe code. They live here and not in
/// the interface because only functions of the same module are inlined for certain.
@safe
struct FloatMemory: @unchecked Sendable {
  // Unchecked because of the pointer. What guards it: it is made from memory that outlives the run,
  // and in one step no tile writes what another tile reads.
  fileprivate let base: UnsafePointer<Float>

  @inline(__always)
  init(_ base: UnsafePointer<Float>) { unsafe self.base = base }

  @inline(__always)
  subscript(index: Int) -> Float { unsafe base[index] }

  /// A whole number kept among the floats as their bits.
  @inline(__always)
  func integer(at index: Int) -> Int {
    Int(Int32(bitPattern: unsafe base[index].bitPattern))
  }

  @inline(__always)
  func vector(_ type: SIMD16<Float>.Type, at index: Int) -> SIMD16<Float> {
    unsafe UnsafeRawPointer(base + index).loadUnaligned(as: SIMD16<Float>.self)
  }

  @inline(__always)
  func vector(_ type: SIMD8<Float>.Type, at index: Int) -> SIMD8<Float> {
    unsafe UnsafeRawPointer(base + index).loadUnaligned(as: SIMD8<Float>.self)
  }

  @inline(__always)
  static func + (memory: FloatMemory, offset: Int) -> FloatMemory {
    unsafe FloatMemory(memory.base + offset)
  }
}

/// A place in memory that a kernel writes floats to; see `FloatMemory`.
@safe
struct MutableFloatMemory: @unchecked Sendable {
  // Unchecked for the reasons of `FloatMemory`.
  fileprivate let base: UnsafeMutablePointer<Float>

  @inline(__always)
  init(_ base: UnsafeMutablePointer<Float>) { unsafe self.base = base }

  @inline(__always)
  var reading: FloatMemory { unsafe FloatMemory(base) }

  @inline(__always)
  func set(_ value: Float, at index: Int) { unsafe base[index] = value }

  @inline(__always)
  func set(_ value: SIMD16<Float>, at index: Int) {
    unsafe UnsafeMutableRawPointer(base + index).storeBytes(of: value, as: SIMD16<Float>.self)
  }

  @inline(__always)
  func set(_ value: SIMD8<Float>, at index: Int) {
    unsafe UnsafeMutableRawPointer(base + index).storeBytes(of: value, as: SIMD8<Float>.self)
  }

  @inline(__always)
  static func + (memory: MutableFloatMemory, offset: Int) -> MutableFloatMemory {
    unsafe MutableFloatMemory(memory.base + offset)
  }
}

extension KernelMemory {
  var features: MutableFloatMemory {
    @inline(__always) get { unsafe MutableFloatMemory(featureBase) }
  }
  var constants: FloatMemory { @inline(__always) get { unsafe FloatMemory(constantBase) } }
  var scratch: MutableFloatMemory {
    @inline(__always) get { unsafe MutableFloatMemory(scratchBase) }
  }

  /// The same constants with other places for feature maps and scratch memory.
  @inline(__always)
  func with(features: MutableFloatMemory, scratch: MutableFloatMemory) -> KernelMemory {
    unsafe KernelMemory(features: features.base, constants: constantBase, scratch: scratch.base)
  }
}
