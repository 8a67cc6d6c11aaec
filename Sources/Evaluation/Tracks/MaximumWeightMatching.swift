/// Finds the pairing of rows and columns with the greatest sum of weights.
///
/// Written apart from the tracker's solver on purpose: what measures shares no code with what is
/// measured.
///
/// Source: the Hungarian method in its form with potentials (Kuhn, Naval Research Logistics
/// Quarterly 2, 1955; Munkres, SIAM Journal 5, 1957).
///
/// - Parameters:
///   - weights: Shape `[rows, columns]`, finite and not negative.
/// - Returns: For each row its column; `nil` for a row left over.
func maximumWeightMatching(rows: Int, columns: Int, weights: [Double]) -> [Int?] {
  precondition(weights.count == rows * columns)
  if rows > columns {
    var transposed = [Double](repeating: 0, count: weights.count)
    for row in 0..<rows {
      for column in 0..<columns {
        transposed[column * rows + row] = weights[row * columns + column]
      }
    }
    var columnOfRow = [Int?](repeating: nil, count: rows)
    let rowOfColumn = maximumWeightMatching(rows: columns, columns: rows, weights: transposed)
    for case (let column, let row?) in rowOfColumn.enumerated() { columnOfRow[row] = column }
    return columnOfRow
  }

  // Rows and columns count from 1 here; 0 stands for "none".
  var rowPotential = [Double](repeating: 0, count: rows + 1)
  var columnPotential = [Double](repeating: 0, count: columns + 1)
  var rowOfColumn = [Int](repeating: 0, count: columns + 1)
  var previous = [Int](repeating: 0, count: columns + 1)
  for start in 0..<rows {
    rowOfColumn[0] = start + 1
    var slack = [Double](repeating: .infinity, count: columns + 1)
    var isReached = [Bool](repeating: false, count: columns + 1)
    var column = 0
    repeat {
      isReached[column] = true
      let row = rowOfColumn[column]
      var least = Double.infinity
      var next = 0
      for other in 1...columns where !isReached[other] {
        let cost = -weights[(row - 1) * columns + other - 1]
        let reduced = cost - rowPotential[row] - columnPotential[other]
        if reduced < slack[other] {
          slack[other] = reduced
          previous[other] = column
        }
        if slack[other] < least {
          least = slack[other]
          next = other
        }
      }
      for other in 0...columns {
        if isReached[other] {
          rowPotential[rowOfColumn[other]] += least
          columnPotential[other] -= least
        } else {
          slack[other] -= least
        }
      }
      column = next
    } while rowOfColumn[column] != 0
    while column != 0 {
      rowOfColumn[column] = rowOfColumn[previous[column]]
      column = previous[column]
    }
  }

  var columnOfRow = [Int?](repeating: nil, count: rows)
  for column in stride(from: 1, through: columns, by: 1) where rowOfColumn[column] > 0 {
    columnOfRow[rowOfColumn[column] - 1] = column - 1
  }
  return columnOfRow
}
