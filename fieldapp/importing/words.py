"""The words of Vietnamese spreadsheets: for columns, for choices in cells, and for columns that may not come in.

Compared without diacritics, case, punctuation and word order (`key`). Of several columns that say the same field, the
word that stands earlier in its list wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fieldapp.errors import say
from fieldapp.folding import fold

ESTABLISHMENT_COLUMNS: dict[str, list[str]] = {
    "code": ["mã cơ sở", "mã số cơ sở", "mã cs", "mã quản lý", "mã", "mã số"],
    "name": [
        "tên cơ sở", "tên cơ sở kinh doanh", "tên cơ sở kinh doanh dịch vụ", "tên cơ sở dịch vụ", "tên biển hiệu",
        "biển hiệu", "tên quán", "establishment name", "establishment", "tên", "cơ sở kinh doanh", "cơ sở",
    ],
    "type": [
        "loại hình", "loại hình cơ sở", "loại hình kinh doanh", "loại hình dịch vụ", "loại hình kinh doanh dịch vụ",
        "loại cơ sở", "establishment type", "ngành nghề kinh doanh", "ngành nghề", "loại",
    ],
    "address": [
        "địa chỉ", "địa chỉ cơ sở", "địa chỉ kinh doanh", "địa điểm kinh doanh", "nơi kinh doanh", "địa điểm", "số nhà",
    ],
    "area": [
        "thôn", "xóm", "bản", "ấp", "khóm", "buôn", "làng", "tổ dân phố", "tdp", "khu phố", "khu dân cư",
        "thôn tổ dân phố", "thôn xóm", "thôn bản", "tổ", "khu vực", "địa bàn", "khu",
    ],
    "entity_name": [
        "chủ thể kinh doanh", "tên chủ thể kinh doanh", "tên chủ thể", "chủ thể", "tên doanh nghiệp", "tên công ty",
        "tên hộ kinh doanh", "doanh nghiệp", "hộ kinh doanh", "business entity", "entity", "chủ cơ sở",
    ],
    "entity_kind": ["loại chủ thể kinh doanh", "loại chủ thể", "loại hình chủ thể", "loại hình doanh nghiệp"],
    "entity_code": [
        "mã số thuế", "mst", "mã số doanh nghiệp", "mã số hộ kinh doanh", "mã số đăng ký", "mã số chủ thể",
        "mã số đăng ký kinh doanh", "số đăng ký kinh doanh", "mã số đăng ký hộ kinh doanh", "số đkkd", "đkkd",
        "số giấy chứng nhận đăng ký kinh doanh", "tax code", "registration code", "mã số",
    ],
    "representative": [
        "người đại diện", "họ tên người đại diện", "họ và tên người đại diện", "tên người đại diện",
        "người đại diện pháp luật", "người đại diện theo pháp luật", "đại diện", "đại diện cơ sở",
        "chủ cơ sở", "họ tên chủ cơ sở", "họ và tên chủ cơ sở", "tên chủ cơ sở", "họ tên chủ", "họ và tên chủ",
        "chủ hộ kinh doanh", "họ tên chủ hộ", "họ và tên chủ hộ", "tên chủ hộ", "chủ hộ", "chủ kinh doanh", "chủ quán",
        "chủ doanh nghiệp", "tên chủ", "chủ", "owner", "owner name", "người chịu trách nhiệm", "người phụ trách",
        "người đứng đầu", "người quản lý", "họ tên người quản lý", "họ và tên người quản lý",
    ],
    "representative_role": ["chức vụ", "chức danh", "vai trò", "tư cách", "chức vụ người đại diện", "role"],
    "phone": [
        "điện thoại", "số điện thoại", "sđt", "đt", "số đt", "điện thoại liên hệ", "số điện thoại liên hệ",
        "điện thoại cơ sở", "điện thoại công việc", "điện thoại chủ cơ sở", "sđt chủ cơ sở", "số điện thoại chủ cơ sở",
        "điện thoại người đại diện", "sđt người đại diện", "số điện thoại người đại diện", "sđt liên hệ", "di động",
        "telephone", "tel", "mobile",
    ],
    "employees": [
        "số lao động", "tổng số lao động", "số lượng lao động", "số người lao động", "tổng lao động", "lao động",
        "số lao động tổng số", "số lao động tổng", "số nhân viên", "tổng số nhân viên", "số lượng nhân viên", "số lđ",
        "number of employees",
    ],
    "employees_with_contract": [
        "có hđlđ", "số lao động có hđlđ", "lao động có hđlđ", "số lao động có hợp đồng", "lao động có hợp đồng",
        "số lao động có hợp đồng lao động", "có hợp đồng lao động", "có hợp đồng", "số hđlđ", "hđlđ",
        "số hợp đồng lao động", "có hđ",
    ],
    "rooms": ["số phòng", "tổng số phòng", "số lượng phòng", "số phòng hát", "số buồng", "phòng"],
    "managed_since": [
        "ngày đưa vào diện quản lý", "đưa vào diện quản lý", "ngày đưa vào quản lý", "quản lý từ", "quản lý từ ngày",
        "ngày bắt đầu quản lý", "bắt đầu quản lý", "ngày bắt đầu hoạt động", "hoạt động từ ngày",
    ],
    "managed_until": [
        "ngày đưa ra khỏi diện quản lý", "quản lý đến", "quản lý đến ngày", "ngày kết thúc quản lý",
        "ngày thôi quản lý", "thôi quản lý", "thôi quản lý từ", "thôi quản lý từ ngày",
        "ngày chấm dứt", "ngày chấm dứt hoạt động", "ngày ngừng hoạt động", "ngày đóng cửa",
    ],
    "status": ["tình trạng hoạt động", "trạng thái hoạt động", "tình trạng", "trạng thái", "operating status"],
    "security_conditional": [
        "có điều kiện antt", "có điều kiện về antt", "ngành nghề có điều kiện antt", "điều kiện antt",
        "có điều kiện về an ninh trật tự", "ngành nghề có điều kiện về an ninh trật tự",
        "ngành nghề kinh doanh có điều kiện", "ngành nghề có điều kiện", "kinh doanh có điều kiện", "có điều kiện",
    ],
    "licence_kind": ["loại giấy phép", "tên giấy phép", "loại giấy tờ", "tên giấy tờ", "license kind"],
    "licence_number": [
        "giấy phép số", "giấy phép", "giấy chứng nhận số", "giấy chứng nhận", "gcn số", "giấy phép kinh doanh",
        "số giấy phép kinh doanh", "số gpkd", "gpkd", "license number",
    ],
    "licence_issued_on": ["ngày cấp giấy phép", "ngày cấp", "giấy phép cấp ngày", "cấp ngày", "license issued on"],
    "licence_expires_on": [
        "ngày hết hạn giấy phép", "giấy phép hết hạn", "ngày hết hạn", "hết hạn", "hạn giấy phép", "hiệu lực đến",
        "có giá trị đến", "thời hạn", "hạn", "license expires on",
    ],
    "latitude": ["vĩ độ", "lat"],
    "longitude": ["kinh độ", "lng", "lon", "long"],
    "note": ["ghi chú", "notes"],
}  # fmt: skip
VISIT_COLUMNS: dict[str, list[str]] = {
    "establishment_code": ["mã cơ sở", "mã số cơ sở", "mã cs", "mã", "code"],
    "establishment_name": [
        "tên cơ sở", "tên cơ sở kinh doanh", "tên cơ sở kinh doanh dịch vụ", "tên cơ sở dịch vụ", "tên biển hiệu",
        "tên quán", "tên", "name",
    ],
    "visited_on": ["ngày kiểm tra", "ngày đi kiểm tra", "ngày làm việc", "thời gian kiểm tra", "ngày", "date", "day"],
    "body": [
        "cơ quan kiểm tra", "đoàn kiểm tra", "đội kiểm tra", "đơn vị kiểm tra", "lực lượng kiểm tra",
        "cơ quan chủ trì", "đơn vị chủ trì", "cơ quan", "đơn vị", "đoàn",
    ],
    "kind": ["loại kiểm tra", "loại hình kiểm tra", "loại cuộc kiểm tra", "hình thức kiểm tra", "loại", "hình thức"],
    "mode": ["cách thức kiểm tra", "phương thức kiểm tra", "cách thức", "phương thức"],
    "outcome": ["kết quả lượt kiểm tra", "kết quả làm việc", "kết quả kiểm tra", "kết quả"],
    "document_no": [
        "số văn bản", "số biên bản", "biên bản số", "số ký hiệu văn bản", "số ký hiệu", "số quyết định", "văn bản",
        "biên bản", "document number",
    ],
    "joint_bodies": [
        "cơ quan phối hợp", "đơn vị phối hợp", "lực lượng phối hợp", "phối hợp", "kiểm tra chung với", "phối hợp với",
    ],
    "note": ["ghi chú", "notes"],
}  # fmt: skip

TYPES = {
    "karaoke": ["phòng hát karaoke", "phòng hát", "hát karaoke"],
    "hotel": ["ks"],
    "guesthouse": ["nhà nghỉ", "nhà khách", "motel", "nhà nghỉ bình dân"],
    "homestay": ["nhà ở có phòng cho khách du lịch thuê"],
    "rental_room": ["nhà trọ", "phòng trọ", "khu trọ", "căn hộ cho thuê", "căn hộ cho thuê ngắn ngày", "nhà cho thuê"],
    "massage": ["xoa bóp", "massage", "mát xa", "matxa", "tẩm quất", "xông hơi", "xoa bóp massage", "massage xoa bóp"],
    "spa": ["spa", "chăm sóc da"],
    "bar": ["quán bar", "pub", "bar pub"],
    "disco": ["vũ trường", "sàn nhảy", "discotheque"],
    "cafe": ["cà phê", "café", "coffee", "giải khát", "cà phê giải khát", "nước giải khát"],
    "hair_wash": ["cắt tóc", "gội đầu", "hớt tóc", "làm tóc", "salon tóc", "gội đầu thư giãn",
                  "cắt tóc gội đầu thư giãn"],
    "restaurant": ["nhà hàng", "quán ăn", "nhà hàng quán ăn", "ăn uống"],
    "other": ["khác", "loại khác"],
}  # fmt: skip
TYPE_PREFIXES = ("co so", "kinh doanh", "dich vu", "ho kinh doanh", "quan", "tiem")
STATUSES = {
    "operating": ["đang hoạt động", "hoạt động", "còn hoạt động", "đang kinh doanh", "bình thường"],
    "suspended": ["tạm dừng", "tạm ngừng", "tạm nghỉ", "tạm đóng cửa", "tạm ngừng kinh doanh", "tạm ngừng hoạt động",
                  "tạm dừng hoạt động", "đình chỉ", "tạm đình chỉ"],
    "closed": ["chấm dứt", "chấm dứt hoạt động", "ngừng hoạt động", "dừng hoạt động", "đã đóng cửa", "đóng cửa",
               "giải thể", "nghỉ hẳn", "đã nghỉ", "ngừng kinh doanh", "không còn hoạt động", "không hoạt động"],
}  # fmt: skip
ENTITY_KINDS = {
    "enterprise": ["doanh nghiệp", "công ty", "dn", "cty", "doanh nghiệp tư nhân", "dntn", "công ty tnhh",
                   "công ty cổ phần", "hợp tác xã"],
    "household": ["hộ kinh doanh", "hộ", "hkd", "hộ cá thể", "hộ kinh doanh cá thể", "hộ gia đình"],
    "individual": ["cá nhân", "cá nhân kinh doanh"],
}  # fmt: skip
BODIES = {
    "team_178": ["đội kiểm tra liên ngành 178", "đội kiểm tra liên ngành", "đội liên ngành 178", "đội liên ngành",
                 "đoàn liên ngành", "đoàn kiểm tra liên ngành", "liên ngành", "178"],
    "police": ["công an xã", "công an phường", "công an đặc khu", "ca"],
    "health": ["trạm y tế"],
    "culture_social": ["văn hóa xã hội", "vhxh", "vh xh", "phòng văn hóa xã hội", "phòng vhxh", "phòng vh xh"],
    "fire": ["pccc", "cảnh sát pccc", "cảnh sát phòng cháy chữa cháy", "phòng cháy chữa cháy", "pccc và cnch"],
    "labour": ["thanh tra lao động"],
    "tax": ["cơ quan thuế", "chi cục thuế", "thuế cơ sở"],
    "market": ["qltt", "đội quản lý thị trường"],
    "province_team": ["đội cấp tỉnh", "đoàn cấp tỉnh", "đoàn kiểm tra cấp tỉnh", "đội 178 tỉnh"],
    "other": ["khác", "đoàn khác"],
}  # fmt: skip
VISIT_KINDS = {
    "planned": ["định kỳ", "theo kế hoạch", "kế hoạch", "kiểm tra định kỳ", "thường xuyên"],
    "unscheduled": ["đột xuất", "kiểm tra đột xuất"],
    "reinspection": ["tái kiểm tra", "kiểm tra lại"],
    "follow_up": ["hậu kiểm", "kiểm tra khắc phục"],
}
VISIT_MODES = {
    "on_site": ["tại chỗ", "trực tiếp", "tại cơ sở", "kiểm tra tại chỗ"],
    "remote": ["từ xa", "trực tuyến", "qua hồ sơ", "kiểm tra từ xa"],
}
VISIT_OUTCOMES = {
    "conducted": ["đã kiểm tra", "đã tiến hành", "hoàn thành", "đã thực hiện"],
    "closed_door": ["đóng cửa", "cơ sở đóng cửa", "vắng chủ"],
    "refused": ["từ chối", "từ chối làm việc", "từ chối kiểm tra", "không hợp tác"],
}
TOTAL = re.compile(r"(tong( cong| so)?|cong)( \d+)?( co so)?")
SIGNATURES = re.compile(r"\b(nguoi lap( bieu| bang)?$|ky ghi ro ho ten|ky ten dong dau|noi nhan$|thu truong don vi$)")
YES = {"co", "x", "true", "1", "yes", "y", "v", "dung", "✓", "✔", "☑"}
NO = {"khong", "false", "0", "no", "n", "sai", "ko", "-", "☐"}


def _any(*phrases: str) -> re.Pattern[str]:
    """Finds any of the phrases in a folded text, as whole words; a phrase may end in a regular expression."""
    return re.compile(rf"\b(?:{'|'.join(fold(phrase) for phrase in phrases)})\b")


# Columns that name people. Source: the privacy red lines R1–R3 (only owners and representatives; counts, never lists).
_IDENTITY = _any(
    "cccd", "cmnd", "cmtnd", "cmt", "căn cước", "chứng minh nhân dân", "chứng minh thư", "hộ chiếu", "passport",
    "định danh", "id (?:number|card|no)", "identity",
)  # fmt: skip
_BIRTH = _any(
    "năm sinh", "ngày sinh", "ngày tháng năm sinh", "sinh năm", "sinh ngày", "nơi sinh", "date of birth", "dob",
    "birth(?:day|date|place)?", "quê quán", "nguyên quán", "dân tộc", "quốc tịch", "tôn giáo", "thường trú", "hộ khẩu",
    "nơi ở", "giới tính", "độ tuổi", "nationality", "ethnicity", "religion", "gender", "home address",
)  # fmt: skip
_OTHERS = _any(
    "tiếp viên", "nhân viên", "người lao động", "tên lao động", "danh sách lao động", "người làm", "kỹ thuật viên",
    "vũ công", "tên khách", "danh sách khách", "khách lưu trú", "khách thuê", "khách hàng", "khách ở", "người thuê",
    "đối tượng", "nghi vấn", "nghi phạm", "nghi can", "bị can", "người vi phạm", "người tố giác", "người tố cáo",
    "người báo tin", "nguồn tin", "người bán dâm", "người mua dâm", "người nghiện", "tiền án", "tiền sự", "hiv", "aids",
    "dương tính", "xét nghiệm", "staff", "workers?", "employee (?:names?|list)", "guests?", "customers?", "suspects?",
    "informants?", "hostess(?:es)?",
)  # fmt: skip
_NAMES = _any("họ và tên", "họ tên", "tên người", "full names?")
_COUNT = re.compile(r"^(?:tong so|so luong|so|number of) (?!dien thoai|dt\b|tai khoan)")
_TEAM = _any(
    "cán bộ", "thành viên", "trưởng đoàn", "đội trưởng", "kiểm tra viên", "thư ký", "người kiểm tra", "inspector"
)
_WHOSE = {"ho va ten", "ho ten", "full name"}


def plain(text: str) -> str:
    """Folded, punctuation as spaces: "Số lao động (người)" -> "so lao dong nguoi"."""
    return " ".join(re.sub(r"[^\w✓✔☑☐-]|_", " ", fold(text)).split())


def key(text: str) -> str:
    """The words of a text in no order: "Giấy phép số" and "Số giấy phép" are one."""
    return " ".join(sorted(plain(text).replace("-", " ").split()))


_SHORT = {
    "kd": "kinh doanh", "ql": "quan ly", "ld": "lao dong", "hd": "hop dong", "dv": "dich vu", "cs": "co so",
    "kt": "kiem tra", "dc": "dia chi", "bb": "bien ban", "sl": "so luong", "gp": "giay phep", "nn": "nganh nghe",
}  # fmt: skip


def spelled_out(text: str) -> str:
    """A header without the short forms that spreadsheets use: "Loại hình KD" is "loai hinh kinh doanh"."""
    return " ".join(_SHORT.get(word, word) for word in plain(text).replace("-", " ").split())


def numbers_rows(header: str) -> bool:
    """Whether a column only counts the rows."""
    return plain(header) in ("tt", "stt", "so tt", "so thu tu", "thu tu", "no")


def may_be_mapped(header: str) -> bool:
    """Whether a refused column may come in where a person says whose names they are."""
    return plain(header) in _WHOSE


def refused(header: str) -> str:
    """Why a column that is no known field may not stand in the file; '' when it may, and is ignored."""
    text = plain(header)
    if _IDENTITY.search(text):
        return say(
            "không nhận số giấy tờ tùy thân của bất kỳ ai. Hãy xóa cột này khỏi tệp",
            "identity numbers are not taken in, of nobody. Delete this column from the file",
        )
    counted = _COUNT.search(text)
    if text == "tuoi" or (_BIRTH.search(text) and not counted):
        return say(
            "không nhận dữ liệu nhân thân (năm sinh, quê quán, dân tộc, nơi ở…). Hãy xóa cột này khỏi tệp",
            "data about a person's birth, origin or home are not taken in. Delete this column from the file",
        )
    if counted or _TEAM.search(text):
        return ""
    if _OTHERS.search(text):
        return say(
            "chỉ nhận thông tin về cơ sở và chủ cơ sở; người lao động, khách và người khác chỉ ghi số lượng. "
            "Hãy xóa cột này; nếu là con số, đặt tên cột là “Số …”",
            "only establishments and their owners are recorded; workers, guests and others as counts only. "
            "Delete this column; if it holds a count, name it “Số …”",
        )
    if _NAMES.search(text):
        return say(
            "không rõ là họ tên của ai. Nếu là chủ hoặc người đại diện, đặt tên cột là “Người đại diện”; "
            "nếu không, hãy xóa cột này",
            "it is not clear whose names these are. If the owner's or representative's, name the column "
            "“Người đại diện”; if not, delete it",
        )
    return ""


def choices(words: Mapping[str, list[str]], named: Mapping[str, str]) -> dict[str, str]:
    """`key` of every way to write a choice -> its code: the code, its Vietnamese name, and the words for it."""
    found: dict[str, str] = {}
    for code, name in named.items():
        for text in (code, name, *words.get(code, [])):
            found.setdefault(key(text), code)
    return found
