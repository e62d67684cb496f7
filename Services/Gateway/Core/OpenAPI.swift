import JSON
import Wire

/// The description of the public routes, `openapi.json` of this folder, as it is served at `/openapi.json`.
///
/// It is written by hand; a test compares its paths and methods with the route table.
enum OpenAPI {
  static let document: RawJSON = {
    guard let document = try? RawJSON(validating: PackageResources.openapi_json) else {
      preconditionFailure("openapi.json is no JSON")
    }
    return document
  }()
}
