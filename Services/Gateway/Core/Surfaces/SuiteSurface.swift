import Daemon
import HTTP
import JSON
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
    Route(method: .get, pattern: "/healthz", surface: .suite) { _ throws(Failure) in
      .json(200, .object { $0.member("ok", true) })
    },
    Route(method: .get, pattern: "/openapi.json", surface: .suite) { _ throws(Failure) in
      .json(200, OpenAPI.document)
    },
  ]
}
