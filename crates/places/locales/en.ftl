places-nav = Places
places-title = Places
places-search = Name, pinyin or first letters
places-none = No place found.
places-name = Name
places-kind = Kind
places-full-name = Lies in
places-code = Code
places-floors = Floors
places-floors-hint = 0 when not known.
places-floors-count = { $count ->
    [one] { $count } floor
   *[other] { $count } floors
  }
places-lift = Has a lift
places-with-lift = with a lift
places-without-lift = without a lift
places-above = Places above
places-inside = Places in it
places-inside-count = { $count ->
    [one] { $count } place in it
   *[other] { $count } places in it
  }
places-none-inside = There is no place in it yet.
places-add = Add a place in it
places-new-in = New place in { $place }
places-edit-of = Change { $place }

places-answers = Who answers for it
places-answer-for = Who answers for { $place }
places-answer-unit = Organisation
places-answer-person = Person
places-answer-phone = Telephone
places-answer-phone-hint = Left empty, the number on file stays as long as the person stays.
places-answer-since = Since
places-answer-set = Say who answers
places-answer-remove = Nobody answers any more
places-answer-remove-sure = Nobody will answer for this place then. Go on?
places-reveal = Show the whole number
places-nobody = Nobody answers
places-unanswered = Places nobody answers for
places-all-answered = Somebody answers for every place.

places-duplicates = Places that may be one
places-duplicates-about = Places of one kind in the same place whose names are only written differently (such as 3号楼 and 三幢). Please check before you merge them.
places-no-duplicates = No two places look like one.
places-first = Entered first
places-other = Entered later
places-area = Lies in
places-keep = Keep { $place }
places-merge = Merge
places-merge-keep = Stays
places-merge-drop = Goes into it and is no more
places-merge-about = All places, households, posts and roles of the second go to the first; places in them of the same name are merged too. This cannot be undone.
places-merge-do = Merge these two places

places-reject-line = Line
places-reject-reason = Reason
places-reject-no-code = There is no code
places-reject-not-digits = The code has something else than digits
places-reject-wrong-length = The code has a wrong number of digits
places-reject-repeated = The code stood in this file before
places-reject-unknown-parent = The place it lies in is not known
places-reject-other-parent = The parent's code does not begin this code
places-reject-no-name = There is no name
places-reject-name-too-long = The name is too long

kind-province = Province
kind-city = City
kind-district = District or county
kind-street = Sub-district or town
kind-community = Community
kind-compound = Compound
kind-gate = Gate
kind-building = Building
kind-unit = Unit

field-places-kind = A place of this kind cannot lie here.

problem-places-official = Official places are named by the official codes, not by hand.
problem-places-not-siblings = Only compounds, gates, buildings or units of one kind in the same place can be merged.
problem-places-file-unreadable = The file { $file } is missing or cannot be read.

done-place-created = The place was added.
done-places-merged = The two places are one now.

audit-place-create = Place added
audit-place-edit = Place changed
audit-place-import = Official place codes imported
audit-place-merge = Places merged
audit-responsibility-set = Said who answers for a place
audit-responsibility-remove = Nobody answers for a place any more
audit-responsibility-reveal = Telephone number of the one who answers seen
field-places-ambiguous = Several places have this name; please write where it lies before it.
