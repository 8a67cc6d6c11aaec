import Imaging

/// Two things that may belong together, and how well they do.
struct CandidatePair: Sendable {
  var row: Int
  var column: Int
  /// Positive.
  var weight: Float
}

/// Chooses among candidate pairs those with the greatest total weight, each row and column at most
/// once.
///
/// Faces that touch nobody need no optimisation: the pairs fall apart into groups that share no row
/// and no column, and each group is solved by itself. The sum is that of the whole problem, exactly.
/// Keeps its memory from call to call.
struct PairMatcher: Sendable {
  /// For each row of the last problem its pair, as an index into the pairs; -1 for a row left free.
  private(set) var pairOfRow: [Int] = []

  private var solver = AssignmentSolver()
  private var costs: [Float] = []
  private var pairAt: [Int] = []
  /// Rows and columns as one forest: column `c` is node `rows + c`.
  private var parent: [Int] = []
  /// Lists of the pairs of a group: first by root, then from pair to pair.
  private var firstPair: [Int] = []
  private var nextPair: [Int] = []
  /// Where a node stands in its group.
  private var place: [Int] = []
  private var groupRows: [Int] = []
  private var groupColumns: [Int] = []

  /// Makes room for problems of up to so many rows and columns.
  mutating func reserveCapacity(_ count: Int) {
    solver.reserveCapacity(count)
    pairOfRow.reserveCapacity(count)
    costs.reserveCapacity(count * count)
    pairAt.reserveCapacity(count * count)
    parent.reserveCapacity(2 * count)
    firstPair.reserveCapacity(2 * count)
    nextPair.reserveCapacity(count * count)
    place.reserveCapacity(2 * count)
    groupRows.reserveCapacity(count)
    groupColumns.reserveCapacity(count)
  }

  /// Finds the groups.
  ///
  /// - Parameter pairs: Each row and column together at most once.
  mutating func group(rows: Int, columns: Int, pairs: [CandidatePair]) {
    parent.removeAll(keepingCapacity: true)
    firstPair.removeAll(keepingCapacity: true)
    nextPair.removeAll(keepingCapacity: true)
    place.removeAll(keepingCapacity: true)
    for node in 0..<rows + columns {
      parent.append(node)
      firstPair.append(-1)
      place.append(-1)
    }
    for pair in pairs {
      let (a, b) = (root(of: pair.row), root(of: rows + pair.column))
      if a != b { parent[max(a, b)] = min(a, b) }
    }
    for _ in pairs { nextPair.append(-1) }
    // From the last to the first, so that each list runs upwards.
    for index in pairs.indices.reversed() {
      let root = root(of: pairs[index].row)
      nextPair[index] = firstPair[root]
      firstPair[root] = index
    }
  }

  /// Whether a pair competes with another one.
  func isContested(_ pair: CandidatePair) -> Bool {
    var node = pair.row
    while parent[node] != node { node = parent[node] }
    return nextPair[firstPair[node]] >= 0
  }

  /// Chooses, and leaves the answer in `pairOfRow`. Weights may have changed since `group`.
  mutating func solve(rows: Int, pairs: [CandidatePair]) {
    pairOfRow.removeAll(keepingCapacity: true)
    for _ in 0..<rows { pairOfRow.append(-1) }
    for root in firstPair.indices where firstPair[root] >= 0 {
      let first = firstPair[root]
      if nextPair[first] < 0 {
        pairOfRow[pairs[first].row] = first
      } else {
        solveGroup(from: first, rows: rows, pairs: pairs)
      }
    }
  }

  private mutating func solveGroup(from first: Int, rows: Int, pairs: [CandidatePair]) {
    groupRows.removeAll(keepingCapacity: true)
    groupColumns.removeAll(keepingCapacity: true)
    var index = first
    while index >= 0 {
      let (row, column) = (pairs[index].row, rows + pairs[index].column)
      if place[row] < 0 {
        place[row] = groupRows.count
        groupRows.append(row)
      }
      if place[column] < 0 {
        place[column] = groupColumns.count
        groupColumns.append(column)
      }
      index = nextPair[index]
    }
    costs.removeAll(keepingCapacity: true)
    pairAt.removeAll(keepingCapacity: true)
    for _ in 0..<groupRows.count * groupColumns.count {
      costs.append(0)
      pairAt.append(-1)
    }
    index = first
    while index >= 0 {
      let cell =
        place[pairs[index].row] * groupColumns.count + place[rows + pairs[index].column]
      costs[cell] = -pairs[index].weight
      pairAt[cell] = index
      index = nextPair[index]
    }
    solver.solve(rows: groupRows.count, columns: groupColumns.count, costs: costs)
    for (row, node) in groupRows.enumerated() {
      guard let column = solver.columnOfRow[row] else { continue }
      pairOfRow[node] = pairAt[row * groupColumns.count + column]
    }
  }

  /// The node all of a group's nodes lead to; shortens the way there.
  private mutating func root(of node: Int) -> Int {
    var node = node
    while parent[node] != node {
      parent[node] = parent[parent[node]]
      node = parent[node]
    }
    return node
  }
}
