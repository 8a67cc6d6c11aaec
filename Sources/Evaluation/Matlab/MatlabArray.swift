/// The kinds of MATLAB variables the ground truth of data sets is made of.
package enum MatlabArray: Equatable, Sendable {
  /// A matrix of numbers of whatever class, in column order.
  case numbers(rows: Int, columns: Int, values: [Double])
  /// A row of characters.
  case text(String)
  /// The elements of a cell array, in column order.
  case cells([MatlabArray])
}
