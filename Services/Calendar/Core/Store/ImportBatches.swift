import Postgres
import Time

// An import is written by few statements, each of many rows: one for every row would take seconds on a busy machine.
extension CalendarStore {
  /// Rows of one statement, few enough for others to have their turn meanwhile.
  static let batch = 500

  /// Leaves times out of series that are there, besides those that are left out already. `match` is a condition on `held`
  /// and `given.series`: which rows of the owner a series means.
  func skip(
    _ skipped: [SkippedTimes],
    of owner: UUIDValue,
    source: String,
    where match: String,
    _ transaction: Transaction
  ) async throws {
    for batch in skipped.batches(of: CalendarStore.batch) {
      let moments = ListColumn(batch.map { $0.moments.map { Timestamp(unix: $0) } })
      try await transaction.query(
        """
        UPDATE calendar.imported AS held
        SET skipped = ARRAY(SELECT DISTINCT unnest(held.skipped || (\(moments.flat))[given.first : given.last]))
        FROM unnest(\(batch.map(\.series)), \(moments.first), \(moments.last)) AS given (series, first, last)
        WHERE held.owner = \(owner) AND held.source = \(source) AND \(unescaped: match)
        """
      )
    }
  }
}

/// Times that one series leaves out.
struct SkippedTimes: Sendable, Equatable {
  let series: String
  var moments: [Int]
}

/// Lists of any lengths as one column: all of them end to end, and where each lies.
///
/// PostgreSQL's arrays of arrays are all of one length, and `unnest` takes them wholly apart; so a row has the slice
/// `flat[first : last]` for its list, which is empty where the list is.
struct ListColumn<Element: PostgresElement>: Sendable {
  private(set) var flat: [Element] = []
  private(set) var first: [Int32] = []
  private(set) var last: [Int32] = []

  init(_ lists: [[Element]]) {
    for list in lists {
      first.append(Int32(clamping: flat.count + 1))
      flat += list
      last.append(Int32(clamping: flat.count))
    }
  }
}

extension Array {
  func batches(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }

  /// Each key once, where it stood first: one statement cannot write a row twice. `merge` adds to it what comes later.
  func merged<Key: Hashable>(by key: (Element) -> Key, _ merge: (inout Element, Element) -> Void) -> [Element] {
    var places: [Key: Int] = [:]
    var merged: [Element] = []
    merged.reserveCapacity(count)
    for element in self {
      let place = places[key(element), default: merged.count]
      if place < merged.count {
        merge(&merged[place], element)
      } else {
        places[key(element)] = place
        merged.append(element)
      }
    }
    return merged
  }
}
