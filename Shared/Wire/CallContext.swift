/// What travels with every call beside its request.
public struct CallContext: Sendable, Equatable {
  /// Whom the call is made for; nil for calls of the suite itself and of strangers.
  public var user: UserID?
  /// The session the user came with, where the call came in through one.
  public var session: SessionID?
  /// How long the caller still waits, in milliseconds from the moment of sending.
  public var timeout: Int
  /// The W3C `traceparent` of the request that started this.
  public var trace: String?
  /// A repeat of the same call with the same key has no further effect.
  public var key: String?

  /// Whether making the call twice is the same as making it once, as with one that reads: then it goes to another copy when the
  /// one that had it dies. Never sent.
  public var isRepeatable = false
  /// The moment the caller stops waiting, on the clock of this process; set where a call arrives, never sent.
  public var deadline: ContinuousClock.Instant?

  public static let defaultTimeout = 5000

  /// The trace of the call that is being answered, which outbox rows and other work for later take along; nil outside of
  /// calls.
  @TaskLocal public static var currentTrace: String?

  public init(
    user: UserID? = nil,
    session: SessionID? = nil,
    timeout: Int = CallContext.defaultTimeout,
    trace: String? = nil,
    key: String? = nil,
    isRepeatable: Bool = false
  ) {
    self.user = user
    self.session = session
    self.timeout = timeout
    self.trace = trace
    self.key = key
    self.isRepeatable = isRepeatable
  }
}
