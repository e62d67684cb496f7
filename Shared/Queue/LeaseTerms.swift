import Loop

/// How a queue's statements speak of its columns `holder` and `lease`: by the server's clock, which copies on several
/// machines share and no test moves.
public struct LeaseTerms: Sendable {
  /// How long a row stays with a worker that is not heard of.
  public let length: Duration

  public init(length: Duration) { self.length = length }

  private var interval: String { "interval '\(length.inSeconds) seconds'" }

  /// The moment at which a lease given now ends.
  public var end: String { "clock_timestamp() + \(interval)" }

  /// Whether the holder of a row has let its lease end; `row` is the row's name in the statement, with its dot.
  ///
  /// A server that has just started gives all who hold something a lease's time to renew: what they did while it was away
  /// they could not note, and somebody else would do it twice.
  public func isOver(_ row: String = "") -> String {
    "(\(row)lease < clock_timestamp() AND pg_postmaster_start_time() < clock_timestamp() - \(interval))"
  }
}
