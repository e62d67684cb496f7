import Bus
import HTTP
import JSON
import Loop
import Wire

/// Browsers and telephones that their owners add by themselves, on whatever product's account; what is told goes to each.
extension SuiteSurface {
  static let deviceRoutes: [Route] = [
    Route(method: .post, pattern: "/devices", surface: .suite, access: .session, body: .json()) {
      exchange throws(Failure) in
      .json(200, try await exchange.services.delivery.forward(Delivery.AddDevice.name, exchange.body, exchange.context))
    },
    Route(method: .get, pattern: "/devices", surface: .suite, access: .session) { exchange throws(Failure) in
      .json(
        200,
        try await exchange.services.delivery.forward(Delivery.ListDevices.name, .emptyObject, exchange.context)
      )
    },
    Route(method: .delete, pattern: "/devices/{device}", surface: .suite, access: .session) {
      exchange throws(Failure) in
      let call = Delivery.RemoveDevice(exchange.parameter("device"))
      _ = try await exchange.services.delivery.call(call, exchange.context)
      return .json(200, .object { $0.member("ok", true) })
    },
    Route(method: .get, pattern: "/push-key", surface: .suite) { exchange throws(Failure) in
      .json(200, try await exchange.services.delivery.forward(Delivery.ReadWebKey.name, .emptyObject, exchange.context))
    },
  ]
}
