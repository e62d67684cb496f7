import HTTP
import JSON
import Testing

@testable import GatewayCore

@Suite struct OpenAPITests {
  @Test func `the document names each public route and no other`() throws {
    let paths = try #require(try OpenAPI.document.value().object?["paths"]?.object)
    let described = Set(
      paths.members.flatMap { path in
        (path.value.object?.members ?? []).map { "\($0.name.uppercased()) \(path.name)" }
      }
    )
    let served = Set(PublicRoutes.all.map { "\($0.method.name) \($0.pattern)" })
    #expect(described.subtracting(served).isEmpty, "described and not served")
    #expect(served.subtracting(described).isEmpty, "served and not described")
  }

  @Test func `a route that needs a session says so`() throws {
    let paths = try #require(try OpenAPI.document.value().object?["paths"]?.object)
    for route in PublicRoutes.all where route.access == .session {
      let operation = paths[route.pattern]?.object?[route.method.name.lowercased()]?.object
      #expect(operation?["security"]?.array?.isEmpty == false, "\(route.pattern)")
      #expect(operation?["responses"]?.object?["401"] != nil, "\(route.pattern)")
    }
  }
}
