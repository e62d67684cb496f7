import JSON
import Wire

/// What a person chooses for their own calendar.
struct PersonalSettings: Sendable, Equatable {
  /// What everybody gets who has said nothing; the view `wanted_reminder` knows it too.
  static let usualReminders = [30]
  /// Four weeks.
  static let earliestReminder = 40_320
  static let mostReminders = 5

  var hours = WorkingHours()
  /// Minutes before the start of an event, the earliest first; nil is the usual.
  var reminders: [Int]?
  /// The same before own entries.
  var entryReminders: [Int] = []

  /// Takes over what the object has, and leaves the rest.
  mutating func change(_ fields: LooseFields) throws(Failure) {
    if fields.object["working_hours"] != nil { hours = try WorkingHours(fields, "working_hours") }
    if fields.object["reminders"] != nil { reminders = try fields.reminders("reminders") }
    if fields.object["entry_reminders"] != nil { entryReminders = try fields.reminders("entry_reminders") ?? [] }
  }

  func document(zone: String) -> RawJSON {
    .object { writer in
      writer.name("response")
      writer.beginObject()
      writer.member("timezone", zone)
      writer.name("working_hours")
      hours.write(into: &writer)
      writer.ints("reminders", reminders ?? PersonalSettings.usualReminders)
      writer.ints("entry_reminders", entryReminders)
      writer.endObject()
    }
  }
}

extension LooseFields {
  /// Minutes, each once, the most first; nil for null.
  fileprivate func reminders(_ name: String) throws(Failure) -> [Int]? {
    guard has(name) else { return nil }
    guard let values = object[name]?.array, values.count <= PersonalSettings.mostReminders else { throw .invalid(name) }
    var minutes: Set<Int> = []
    for value in values {
      guard let number = value.number?.int ?? value.string.flatMap({ Int($0) }),
        (0...PersonalSettings.earliestReminder).contains(number)
      else { throw .invalid(name) }
      minutes.insert(number)
    }
    return minutes.sorted(by: >)
  }
}

extension JSONWriter {
  fileprivate mutating func ints(_ name: StaticString, _ numbers: [Int]) {
    self.name(name)
    beginArray()
    for number in numbers { int(number) }
    endArray()
  }
}
