/// How long somebody goes on asking for what is about to be there, such as what another process tells of a moment later.
///
/// Asked rather than told, since another copy may be the one that hears of it.
public struct Patience: Sendable {
  private let pauses: [Duration]

  /// So many pauses, each twice as long as the one before and none longer than `longest`.
  public init(first: Duration, longest: Duration, pauses: Int) {
    self.pauses = (0..<pauses).map { min(first * (1 << min($0, 20)), longest) }
  }

  public var total: Duration { pauses.reduce(.zero, +) }

  /// The first answer, asked for before and after each pause; nil when there was none after the last, or the task was
  /// cancelled in a pause.
  @LoopActor
  public func answer<T, E: Error>(_ ask: @LoopActor () async throws(E) -> T?) async throws(E) -> T? {
    for wait in pauses {
      if let answer = try await ask() { return answer }
      guard (try? await pause(for: wait)) != nil else { return nil }
    }
    return try await ask()
  }
}
