// What a user chooses for the own calendar.
extension Calendar {
  /// The caller's working hours and reminders, with the zone that the hours are of.
  public struct ReadSettings: CalendarCall, Equatable {
    public static let name = "calendar.settings"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Changes those that `fields` names: `working_hours`, `reminders` and `entry_reminders`; null is as if never chosen.
  public struct ChangeSettings: CalendarCall, Equatable {
    public static let name = "calendar.change_settings"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }
}
