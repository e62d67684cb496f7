import Wire

/// What the planner's users are told of the calendar's own reasons (jarvis.md 2.3).
extension Calendar.Reason {
  var status: Int { self == .notInvited ? 403 : 409 }

  var text: String {
    switch self {
    case .notInvited: "you are not invited"
    case .notPending: "event is not pending"
    case .tentative: "event is tentative"
    case .notClose: "event time not close"
    case .noEmail: "your account has no e-mail"
    case .held: "another poll holds that time"
    case .notLinked: "no calendar is linked"
    case .tooMany: "as many as there may be"
    }
  }
}
