package import KernelInterface

/// The kernels as compiled for this module's processor level.
package let kernelTable = KernelTable(
  picture: pictureKernel, stem: stemKernel, convolution: convolutionKernel,
  separable: separableKernel, chain: chainKernel, winograd: winogradKernel,
  winogradGranularity: PanelTail.pixels, blocksPerPanel: PanelTile.blocks,
  separableProductLanes: Block.productLanes)
