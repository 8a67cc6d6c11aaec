/// Finds the cheapest way to give each row a column of its own: the linear assignment problem.
///
/// Works on rectangular matrices: the smaller side is assigned completely, the rest of the larger
/// one stays free. Keeps its memory from call to call. Among equally cheap solutions the outcome
/// depends on the order of rows and columns only, so that runs repeat exactly.
///
/// Source: shortest augmenting paths with dual variables, as in Jonker and Volgenant, "A shortest
/// augmenting path algorithm for dense and sparse linear assignment problems", Computing 38, 1987.
/// Time grows with min(rows, columns)² · max(rows, columns).
package struct AssignmentSolver: Sendable {
  /// For each row of the last problem its column, or `nil` for a row left free. Entries past its
  /// rows are meaningless.
  package private(set) var columnOfRow: [Int?] = []

  // In the following, "short" is the smaller side of the matrix and "long" the other one.
  private var shortPrice: [Double] = []
  private var longPrice: [Double] = []
  private var shortOfLong: [Int] = []
  private var distance: [Double] = []
  private var previous: [Int] = []
  private var isDone: [Bool] = []

  package init() {}

  /// Makes room for problems of up to so many rows and columns.
  mutating func reserveCapacity(_ count: Int) {
    prepare(rows: count, shortCount: count, longCount: count)
  }

  /// Solves one problem and leaves the answer in `columnOfRow`.
  ///
  /// - Parameters:
  ///   - costs: Shape `[rows, columns]`, finite; entries after those are ignored.
  /// - Precondition: `costs` holds at least `rows * columns` numbers.
  package mutating func solve(rows: Int, columns: Int, costs: [Float]) {
    precondition(rows >= 0 && columns >= 0 && costs.count >= rows * columns)
    let isWide = rows <= columns
    let shortCount = min(rows, columns)
    let longCount = max(rows, columns)
    prepare(rows: rows, shortCount: shortCount, longCount: longCount)

    for start in 0..<shortCount {
      for long in 0..<longCount {
        distance[long] = .infinity
        previous[long] = -1
        isDone[long] = false
      }
      // Grows a tree of tight edges from `start` until it reaches a free place on the long side.
      var short = start
      var reachedFrom = -1
      var end = -1
      while end < 0 {
        var least = Double.infinity
        var next = -1
        for long in 0..<longCount where !isDone[long] {
          let cost = costs[isWide ? short * columns + long : long * columns + short]
          let reduced = Double(cost) - shortPrice[short] - longPrice[long]
          if reduced < distance[long] {
            distance[long] = reduced
            previous[long] = reachedFrom
          }
          if distance[long] < least {
            least = distance[long]
            next = long
          }
        }
        assert(next >= 0, "costs must be finite")
        shortPrice[start] += least
        for long in 0..<longCount {
          if isDone[long] {
            shortPrice[shortOfLong[long]] += least
            longPrice[long] -= least
          } else {
            distance[long] -= least
          }
        }
        isDone[next] = true
        reachedFrom = next
        if shortOfLong[next] < 0 { end = next } else { short = shortOfLong[next] }
      }
      // Shifts every pair along the path by one.
      while end >= 0 {
        let before = previous[end]
        shortOfLong[end] = before < 0 ? start : shortOfLong[before]
        end = before
      }
    }

    for long in 0..<longCount where shortOfLong[long] >= 0 {
      if isWide {
        columnOfRow[shortOfLong[long]] = long
      } else {
        columnOfRow[long] = shortOfLong[long]
      }
    }
  }

  /// Makes every buffer long enough, and sets those that must start empty.
  private mutating func prepare(rows: Int, shortCount: Int, longCount: Int) {
    if columnOfRow.count < rows {
      columnOfRow += Array(repeating: nil, count: rows - columnOfRow.count)
    }
    if distance.count < longCount {
      let more = longCount - distance.count
      longPrice += Array(repeating: 0, count: more)
      shortOfLong += Array(repeating: -1, count: more)
      distance += Array(repeating: 0, count: more)
      previous += Array(repeating: -1, count: more)
      isDone += Array(repeating: false, count: more)
    }
    if shortPrice.count < shortCount {
      shortPrice += Array(repeating: 0, count: shortCount - shortPrice.count)
    }
    for row in 0..<rows { columnOfRow[row] = nil }
    for short in 0..<shortCount { shortPrice[short] = 0 }
    for long in 0..<longCount {
      longPrice[long] = 0
      shortOfLong[long] = -1
    }
  }
}
