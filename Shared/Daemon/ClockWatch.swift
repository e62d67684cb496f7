import Time

/// Notices that the clock was set: reminders then come early or late, and sessions end so, which nothing else explains.
struct ClockWatch {
  /// Below it stand what a clock is slewed by, and what a busy machine puts between two readings.
  private static let tolerance = Duration.seconds(2)

  private var lead: (wall: Timestamp, steady: ContinuousClock.Instant)?

  /// By how much the clock has gone forward (or back, negative) since the last look, beyond the time that passed.
  mutating func jump(wall: Timestamp, steady: ContinuousClock.Instant) -> Duration? {
    defer { lead = (wall, steady) }
    guard let lead else { return nil }
    let jump = (wall - lead.wall) - (steady - lead.steady)
    return jump > ClockWatch.tolerance || jump < .zero - ClockWatch.tolerance ? jump : nil
  }
}
