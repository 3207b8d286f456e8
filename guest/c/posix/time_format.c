/* strftime as on Linux: flags and widths, the directives that libc's lacks, and what is none
 * left as it stands. libc's own gives nothing at all for a text with one that it does not know. */
#include "posix/posix.h"

#include <stdbool.h>
#include <stdint.h>
#include <wctype.h>

/* What is written, and how a directive asks for it. */
typedef struct {
    wchar_t *into;
    size_t room, len;
} Text;

typedef struct {
    wchar_t pad; /* `_`, `-` or `0`; 0: as is usual */
    bool to_upper, swaps_case;
    size_t width;
    wchar_t modifier; /* `E` or `O`; 0: none */
} Style;

static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                   "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

static void put(Text *text, wchar_t letter) {
    if (text->len < text->room) text->into[text->len] = letter;
    text->len++;
}

static void put_padding(Text *text, const Style *style, size_t len) {
    for (; len < style->width; len++) put(text, style->pad == '0' ? '0' : ' ');
}

static void put_name(Text *text, const Style *style, const char *name, size_t len,
                     bool lowers_when_swapped) {
    put_padding(text, style, len);
    bool lowers = style->swaps_case && lowers_when_swapped;
    bool raises = !lowers && (style->to_upper || style->swaps_case);
    for (size_t i = 0; i < len; i++) {
        wchar_t letter = (unsigned char)name[i];
        put(text, lowers   ? (wchar_t)towlower((wint_t)letter)
                  : raises ? (wchar_t)towupper((wint_t)letter)
                           : letter);
    }
}

/* `digits` at least, filled up as the style says. */
static void put_number(Text *text, Style style, int64_t value, size_t digits) {
    char reversed[24];
    size_t len = 0;
    bool is_negative = value < 0;
    uint64_t rest = is_negative ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        reversed[len++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    size_t whole = len + is_negative, least = digits > style.width ? digits : style.width;
    if (style.pad == '-') least = style.width;
    size_t fill = least > whole ? least - whole : 0;
    bool by_zeros = style.pad == 0 || style.pad == '0';
    if (is_negative && by_zeros) put(text, '-');
    while (fill) put(text, by_zeros ? '0' : ' '), fill--;
    if (is_negative && !by_zeros) put(text, '-');
    while (len) put(text, (unsigned char)reversed[--len]);
}

static bool is_leap(int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int modulo(int value, int by) { return (value % by + by) % by; }

/* The week of ISO 8601 that a day is in, and its year. */
static int iso_week(const struct tm *time, int64_t *year) {
    int weekday = modulo(time->tm_wday - 1, 7); /* from Monday on */
    *year = (int64_t)time->tm_year + 1900;
    int week = (time->tm_yday - weekday + 10) / 7;
    if (week < 1) {
        --*year;
        int yday = time->tm_yday + 365 + is_leap(*year);
        return (yday - weekday + 10) / 7;
    }
    int days_in_year = 365 + is_leap(*year);
    if (week == 53 && time->tm_yday - weekday + 3 >= days_in_year) {
        ++*year;
        return 1;
    }
    return week;
}

/* Seconds since 1970 of what is a time in UTC, as all are here. */
static int64_t epoch_seconds(const struct tm *time) {
    struct tm copy = *time;
    return (int64_t)timegm(&copy);
}

static void put_zone_offset(Text *text, Style style, const struct tm *time) {
    if (time->tm_isdst < 0) return;
    long seconds = time->__tm_gmtoff;
    char sign = seconds < 0 ? '-' : '+';
    if (seconds < 0) seconds = -seconds;
    long minutes = seconds / 60, value = minutes / 60 * 100 + minutes % 60;
    char offset[5] = {sign, (char)('0' + value / 1000 % 10), (char)('0' + value / 100 % 10),
                      (char)('0' + value / 10 % 10), (char)('0' + value % 10)};
    put_name(text, &style, offset, sizeof offset, false);
}

static void format(Text *text, const wchar_t *directives, const struct tm *time, bool to_upper);

/* What stands for several directives. */
static void put_composed(Text *text, const Style *style, const wchar_t *directives,
                         const struct tm *time) {
    Text measured = {0};
    format(&measured, directives, time, style->to_upper);
    put_padding(text, style, measured.len);
    format(text, directives, time, style->to_upper);
}

static size_t letters(const char *text) {
    size_t len = 0;
    while (text[len]) len++;
    return len;
}

/* A name out of a table of them; `?` where there is none of this number. */
static void put_from(Text *text, const Style *style, const char *const *names, int count,
                     int index, size_t len_max) {
    const char *name = index >= 0 && index < count ? names[index] : "?";
    size_t len = letters(name);
    put_name(text, style, name, len < len_max ? len : len_max, false);
}

static int hour_of_twelve(const struct tm *time) {
    int hour = modulo(time->tm_hour, 12);
    return hour ? hour : 12;
}

static Style with_spaces(Style style) {
    if (!style.pad) style.pad = '_';
    return style;
}

/* Whether a directive takes the modifier. Those of which it means nothing do. */
static bool takes(wchar_t directive, wchar_t modifier) {
    if (!modifier) return true;
    const char *refuses = modifier == 'E' ? "%aADFBbhdeHIjklmMSUVgGWw" : "%aADFcCxXY";
    for (; *refuses; refuses++)
        if ((wchar_t)*refuses == directive) return false;
    return true;
}

/* False: there is no such directive. */
static bool put_directive(Text *text, wchar_t directive, Style style, const struct tm *time) {
    int64_t year = (int64_t)time->tm_year + 1900, week_year;
    if (!takes(directive, style.modifier)) return false;
    switch (directive) {
    case '%': put_name(text, &style, "%", 1, false); break;
    case 'n': put_name(text, &style, "\n", 1, false); break;
    case 't': put_name(text, &style, "\t", 1, false); break;
    case 'a': put_from(text, &style, days, 7, time->tm_wday, 3); break;
    case 'A': put_from(text, &style, days, 7, time->tm_wday, SIZE_MAX); break;
    case 'b':
    case 'h': put_from(text, &style, months, 12, time->tm_mon, 3); break;
    case 'B': put_from(text, &style, months, 12, time->tm_mon, SIZE_MAX); break;
    case 'p': put_name(text, &style, time->tm_hour > 11 ? "PM" : "AM", 2, true); break;
    case 'P':
        style.to_upper = style.swaps_case = false;
        put_name(text, &style, time->tm_hour > 11 ? "pm" : "am", 2, false);
        break;
    case 'Z': {
        const char *zone = time->__tm_zone ? time->__tm_zone : "";
        put_name(text, &style, zone, letters(zone), true);
        break;
    }
    case 'c': put_composed(text, &style, L"%a %b %e %H:%M:%S %Y", time); break;
    case 'D':
    case 'x': put_composed(text, &style, L"%m/%d/%y", time); break;
    case 'F': put_composed(text, &style, L"%Y-%m-%d", time); break;
    case 'r': put_composed(text, &style, L"%I:%M:%S %p", time); break;
    case 'R': put_composed(text, &style, L"%H:%M", time); break;
    case 'T':
    case 'X': put_composed(text, &style, L"%H:%M:%S", time); break;
    case 'C': put_number(text, style, year / 100 - (year % 100 < 0), 1); break;
    case 'd': put_number(text, style, time->tm_mday, 2); break;
    case 'e': put_number(text, with_spaces(style), time->tm_mday, 2); break;
    case 'g':
        iso_week(time, &week_year);
        put_number(text, style, (week_year % 100 + 100) % 100, 2);
        break;
    case 'G':
        iso_week(time, &week_year);
        put_number(text, style, week_year, 1);
        break;
    case 'H': put_number(text, style, time->tm_hour, 2); break;
    case 'I': put_number(text, style, hour_of_twelve(time), 2); break;
    case 'j': put_number(text, style, time->tm_yday + 1, 3); break;
    case 'k': put_number(text, with_spaces(style), time->tm_hour, 2); break;
    case 'l': put_number(text, with_spaces(style), hour_of_twelve(time), 2); break;
    case 'm': put_number(text, style, time->tm_mon + 1, 2); break;
    case 'M': put_number(text, style, time->tm_min, 2); break;
    case 's': put_number(text, style, epoch_seconds(time), 1); break;
    case 'S': put_number(text, style, time->tm_sec, 2); break;
    case 'u': put_number(text, style, modulo(time->tm_wday - 1, 7) + 1, 1); break;
    case 'U': put_number(text, style, (time->tm_yday - time->tm_wday + 7) / 7, 2); break;
    case 'V': put_number(text, style, iso_week(time, &week_year), 2); break;
    case 'w': put_number(text, style, time->tm_wday, 1); break;
    case 'W':
        put_number(text, style, (time->tm_yday - modulo(time->tm_wday - 1, 7) + 7) / 7, 2);
        break;
    case 'y': put_number(text, style, (year % 100 + 100) % 100, 2); break;
    case 'Y': put_number(text, style, year, 1); break;
    case 'z': put_zone_offset(text, style, time); break;
    default: return false;
    }
    return true;
}

/* Reads flags, width and modifier; gives where the directive itself stands. */
static const wchar_t *read_style(const wchar_t *at, Style *style) {
    for (;; at++) {
        if (*at == '_' || *at == '-' || *at == '0') style->pad = *at;
        else if (*at == '^') style->to_upper = true;
        else if (*at == '#') style->swaps_case = true;
        else break;
    }
    enum { WIDTH_MAX = 1 << 16 };
    for (; *at >= '0' && *at <= '9'; at++)
        if (style->width < WIDTH_MAX) style->width = 10 * style->width + (size_t)(*at - '0');
    if (*at == 'E' || *at == 'O') style->modifier = *at++;
    return at;
}

static void format(Text *text, const wchar_t *directives, const struct tm *time, bool to_upper) {
    for (const wchar_t *at = directives; *at; at++) {
        if (*at != '%') {
            put(text, *at);
            continue;
        }
        const wchar_t *start = at;
        Style style = {.to_upper = to_upper};
        at = read_style(at + 1, &style);
        if (*at && put_directive(text, *at, style, time)) continue;
        if (!*at) at--;
        size_t len = (size_t)(at - start) + 1;
        put_padding(text, &style, len);
        for (size_t i = 0; i < len; i++) put(text, start[i]);
    }
}

size_t wcsftime(wchar_t *restrict into, size_t room, const wchar_t *restrict directives,
                const struct tm *restrict time) {
    Text text = {.into = into, .room = room};
    format(&text, directives, time, false);
    if (text.len >= room) return 0;
    into[text.len] = 0;
    return text.len;
}

/* By this datetime finds out that years are not padded here, and pads them itself. What it asks
 * for is short. */
size_t strftime(char *restrict into, size_t room, const char *restrict directives,
                const struct tm *restrict time) {
    enum { SHORT = 64 };
    wchar_t wide_directives[SHORT], wide[SHORT];
    size_t len = 0;
    for (; directives[len] && len + 1 < SHORT; len++)
        wide_directives[len] = (unsigned char)directives[len];
    wide_directives[len] = 0;
    len = wcsftime(wide, room < SHORT ? room : SHORT, wide_directives, time);
    for (size_t i = 0; i < len; i++) into[i] = (char)wide[i];
    if (room) into[len] = 0;
    return len;
}
