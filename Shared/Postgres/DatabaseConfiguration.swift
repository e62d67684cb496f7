/// How to reach a database and how much to ask of it.
public struct DatabaseConfiguration: Sendable {
  /// A libpq connection string or URI. What it says about time-outs, keep-alives and the like wins over the defaults here.
  public var url: String
  /// What the server asks for beyond the URL; nil leaves it to libpq, which looks into a passfile.
  public var password: String?
  /// Connections that all single statements share, several in flight on each.
  public var connections = 2
  /// Connections for transactions, one transaction on each at a time; a further one waits.
  public var transactionConnections = 4
  /// Statements in flight on one shared connection; more wait, so that a slow statement delays few others.
  public var pipelineDepth = 128
  /// Statements (and, counted apart, transactions) that may wait for a connection; beyond it they fail at once.
  public var queueLimit = 10_000
  /// How long a statement without a deadline waits for a connection.
  public var waitLimit = Duration.seconds(2)
  /// The server ends a statement that runs longer.
  public var statementTimeout = Duration.seconds(15)
  /// An attempt to connect is given up after this, then made again.
  public var connectTimeout = Duration.seconds(3)
  /// Shown in `pg_stat_activity`.
  public var applicationName = "carillon"

  public init(url: String) { self.url = url }
}
