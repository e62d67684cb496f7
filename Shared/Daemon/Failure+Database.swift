import Postgres
public import Wire

extension Failure {
  /// What a caller is told of the database's troubles: to come again when that may help.
  public init(database error: any Error) {
    let error = error as? PostgresError
    switch error?.kind {
    case .unavailable, .timeout: self = .unavailable
    default: self = error?.isSerializationFailure == true ? .unavailable : .internal
    }
  }
}
