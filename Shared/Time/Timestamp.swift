/// A moment as whole microseconds since 1970 in UTC, the resolution PostgreSQL stores.
///
/// Arithmetic saturates at the ends of the range instead of trapping, since spans may come from outside.
public struct Timestamp: Sendable, Hashable, Comparable {
  public var microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// Rounds to the nearest microsecond; a value beyond the range, or not a number, becomes the nearest end or 1970.
  public init(seconds: Double) {
    let scaled = (seconds * 1_000_000).rounded()
    if let exact = Int64(exactly: scaled) {
      microseconds = exact
    } else {
      microseconds = scaled.isNaN ? 0 : (scaled < 0 ? .min : .max)
    }
  }

  public init(milliseconds: Int64) {
    let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
    microseconds = overflow ? (milliseconds < 0 ? .min : .max) : product
  }

  /// Seconds since 1970 with their fraction; exact to the microsecond until the year 2255.
  public var seconds: Double { Double(microseconds) / 1_000_000 }

  /// Whole milliseconds since 1970, rounded towards the past.
  public var milliseconds: Int64 {
    let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1000)
    return remainder < 0 ? quotient - 1 : quotient
  }

  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

  public static func + (moment: Timestamp, span: Duration) -> Timestamp {
    let (sum, overflow) = moment.microseconds.addingReportingOverflow(span.microseconds)
    return Timestamp(microseconds: overflow ? (span < .zero ? .min : .max) : sum)
  }

  public static func - (moment: Timestamp, span: Duration) -> Timestamp { moment + (.zero - span) }

  /// The span from the right moment to the left one, negative when the left one is earlier.
  public static func - (left: Timestamp, right: Timestamp) -> Duration {
    let (difference, overflow) = left.microseconds.subtractingReportingOverflow(right.microseconds)
    return .microseconds(overflow ? (left < right ? .min : .max) : difference)
  }

  public static func += (moment: inout Timestamp, span: Duration) { moment = moment + span }
  public static func -= (moment: inout Timestamp, span: Duration) { moment = moment - span }
}

extension Duration {
  /// Whole microseconds, the rest cut off; saturates at the ends of 64 bits.
  public var microseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return overflow || carried ? (seconds < 0 ? .min : .max) : sum
  }
}
