import HTTP
import Loop
import Wire

/// One public route: what a client asks for, who may ask, what may come in, and what is done.
///
/// A class, because each request looks it up twice and a copy would count up all its parts.
final class Route: Sendable {
  let method: HTTPMethod
  /// `/courses/{courseId}`: a segment in braces takes any one non-empty segment.
  let pattern: String
  let surface: Surface
  let access: Access
  let body: BodyRule
  /// A longer body is refused before it is read.
  let maximumBody: Int
  let limits: [LimitRule]
  /// Whether `/x/` is another path than `/x`; elsewhere the slash at the end does not matter.
  let exactSlash: Bool
  let handle: Handler

  typealias Handler = @Sendable @LoopActor (Exchange) async throws(Failure) -> HTTPResponse

  init(
    method: HTTPMethod,
    pattern: String,
    surface: Surface,
    access: Access = .open,
    body: BodyRule = .none,
    maximumBody: Int = BodyRule.maximumBytes,
    limits: [LimitRule] = [],
    exactSlash: Bool = false,
    handle: @escaping Handler
  ) {
    self.method = method
    self.pattern = pattern
    self.surface = surface
    self.access = access
    self.body = body
    self.maximumBody = maximumBody
    self.limits = limits
    self.exactSlash = exactSlash
    self.handle = handle
  }
}

/// Who may call a route.
enum Access: Sendable, Equatable {
  case open
  /// A session is used where there is one.
  case optional
  /// A session is needed; a bare identity header counts only when the operator trusts it.
  case session
}

/// What a route takes as its body.
enum BodyRule: Sendable, Equatable {
  case none
  /// A JSON object; an empty body counts as `{}` where the contract says so.
  case json(emptyIsObject: Bool = false, typeChecked: Bool = false)
  /// A form, with JSON accepted too; pictever.md 2.1 tells how leniently.
  case form
  /// A form or JSON, told apart by the route.
  case raw

  static let maximumBytes = 65_536
}

/// A limit of the route and whom it counts by.
struct LimitRule: Sendable {
  enum Key: Sendable { case user, address }
  let name: String
  let key: Key
}
