import Daemon
import HTTP
import JSON
import Loop
import Settings
import Wire

/// What belongs to no product: who is there, whether it lives, and the description of every route.
enum SuiteSurface {
  static let routes: [Route] = [
    Route(method: .get, pattern: "/", surface: .suite) { _ throws(Failure) in
      .json(
        200,
        .object { writer in
          writer.member("service", "carillon")
          writer.member("version", suiteVersion)
        }
      )
    },
    Route(method: .get, pattern: "/healthz", surface: .suite, handle: health),
    Route(method: .get, pattern: "/openapi.json", surface: .suite) { _ throws(Failure) in
      .json(200, OpenAPI.document)
    },
  ]

  /// Of all daemons, or of those that `service` names. The gateway itself is well when it answers.
  @LoopActor
  private static func health(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let away = await exchange.services.health.away(among: try services(exchange.query("service")))
    guard away.isEmpty else {
      return Dialect.chat.response(503, "Away: \(away.map(\.rawValue).joined(separator: ", "))")
    }
    return .json(200, .object { $0.member("ok", true) })
  }

  /// Those behind the gateway that a text of names between commas means; nothing means all.
  static func services(_ names: String?) throws(Failure) -> [ServiceName] {
    let behind = ServiceName.allCases.filter { $0 != .gateway }
    guard let names, !names.isEmpty else { return behind }
    let wanted = names.split(separator: ",", omittingEmptySubsequences: false).map { ServiceName(rawValue: String($0)) }
    guard !wanted.contains(nil) else { throw .invalid("service") }
    return behind.filter { wanted.contains($0) }
  }
}
