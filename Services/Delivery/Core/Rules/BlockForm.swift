import JSON
import Postgres
import Wire

/// The lists of pictever.md 2.3, M7 and M8: ids of users, with `id` before them or not.
enum BlockForm {
  private static let most = 1000

  static func people(_ submission: Submission, _ field: String) throws(Failure) -> [UUIDValue] {
    var people: [UUIDValue] = []
    for entry in try Fields(submission).list(field, atMost: most) {
      guard let text = entry.string, let id = UUIDValue(text.hasPrefix("id") ? String(text.dropFirst(2)) : text) else {
        throw .invalid(field)
      }
      people.append(id)
    }
    return people
  }
}
