public import Loop
public import Postgres
public import Settings

/// What makes one daemon of the suite different from the others; `DaemonMain` does the rest.
///
/// The order is: `configure`, then `init`, then `start` once the schema is up to date, then calls on the bus, at last
/// `stopping` and `drain`. Everything happens on the loop.
@LoopActor
public protocol DaemonService: AnyObject, SendableMetatype {
  associatedtype Configuration: Sendable

  nonisolated static var name: ServiceName { get }
  /// The history of the schema that bears the daemon's name. Empty: the daemon keeps nothing and gets no database.
  nonisolated static var migrations: [Migration] { get }
  /// Reads the daemon's own settings; what is wrong with them lies in the reader afterwards.
  nonisolated static func configure(_ reader: inout EnvironmentReader) -> Configuration

  /// Puts the parts together and registers the bus calls; waits for nothing.
  init(_ configuration: Configuration, _ context: DaemonContext) throws
  /// Starts what runs beside the bus. An error ends the daemon with `tryAgain`.
  func start() async throws
  /// Gives up at once what waits for the world outside, when a stop was asked: calls that are answered until `drain` must not
  /// wait for somebody else's server. Nothing unless a service says so.
  func stopping()
  /// Ends what `start` began, after the last bus call was answered. What is not done at the drain limit is cut.
  func drain() async
}

extension DaemonService {
  public func stopping() {}
}

/// Receives what happens inside a daemon as facts: one file turns them into log lines and metrics, a test awaits them.
public typealias EventSink<Event> = @LoopActor (Event) -> Void
