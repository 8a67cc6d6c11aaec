/// The kernels of one processor level. Each call computes one tile of a task.
package struct KernelTable: Sendable {
  package typealias Kernel<Task> = @Sendable (Task, KernelMemory, _ tile: Int) -> Void

  package let picture: Kernel<PictureTask>
  package let stem: Kernel<ConvolutionTask>
  package let convolution: Kernel<ConvolutionTask>
  package let separable: Kernel<SeparableTask>
  package let chain: Kernel<ChainTask>
  package let winograd: Kernel<WinogradTask>
  /// Output tiles of the Winograd kernel computed at a time are a multiple of this.
  package let winogradGranularity: Int
  /// Blocks of output channels whose weights lie side by side; a last odd block lies alone.
  package let blocksPerPanel: Int
  /// Floats that hold the 16 channels of a block between the convolutions of a separable one: 16, or 8
  /// when they are pairs of bfloat16, and so are the weights.
  package let separableProductLanes: Int

  package init(
    picture: @escaping Kernel<PictureTask>, stem: @escaping Kernel<ConvolutionTask>,
    convolution: @escaping Kernel<ConvolutionTask>, separable: @escaping Kernel<SeparableTask>,
    chain: @escaping Kernel<ChainTask>, winograd: @escaping Kernel<WinogradTask>,
    winogradGranularity: Int, blocksPerPanel: Int, separableProductLanes: Int
  ) {
    self.picture = picture
    self.stem = stem
    self.convolution = convolution
    self.separable = separable
    self.chain = chain
    self.winograd = winograd
    self.winogradGranularity = winogradGranularity
    self.blocksPerPanel = blocksPerPanel
    self.separableProductLanes = separableProductLanes
  }
}

/// What a kernel reads and writes; offsets in tasks count floats from these places.
///
/// Unchecked because of the pointers. What guards them: the owner of the memory lends it for a whole
/// run, scratch memory belongs to one worker, and in one step no tile writes what another reads or
/// writes.
@safe
package struct KernelMemory: @unchecked Sendable {
  /// Feature maps.
  package let featureBase: UnsafeMutablePointer<Float>
  /// Weights, biases, slopes and tables of offsets.
  package let constantBase: UnsafePointer<Float>
  /// What the worker may use for itself.
  package let scratchBase: UnsafeMutablePointer<Float>

  package init(
    features: UnsafeMutablePointer<Float>, constants: UnsafePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    unsafe featureBase = features
    unsafe constantBase = constants
    unsafe scratchBase = scratch
  }
}

/// Channels of a block: the lanes of one vector.
package let blockLanes = 16

/// Floats a feature map's region must have behind its last element: the longest run of pixels a
/// kernel computes at once, of which the last may lie behind the map. What is read there reaches no
/// output.
package let readableSlack = 16 * blockLanes
