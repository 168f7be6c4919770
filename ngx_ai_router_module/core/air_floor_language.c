
/*
 * Which language a text is in: by its script, and where several languages
 * share one, by their commonest words and their own letters.
 */

#include "air_floor_check.h"
#include "air_letters.h"
#include "air_words.h"


#define AIR_LANGUAGE_HEAD   32768 /* bytes of a text that are looked at     */
#define AIR_LANGUAGE_TAIL   8192
#define AIR_LANGUAGE_LEAST  20    /* letters, of East Asia a third of that  */
#define AIR_LANGUAGE_HITS   4     /* points before a language is known      */
#define AIR_LANGUAGE_SLOTS  4096
#define AIR_LANGUAGE_WORD   24    /* bytes of one                           */


/* Common words, and letters few others have, each between blanks. */
typedef struct {
    char           name[3];
    air_script_e   script;
    const char    *words;
    const char    *letters;
} air_language_t;


static const air_language_t  air_languages[] = {
    { "en", AIR_SCRIPT_LATIN,
      "the of and to in is that for it with as are on this was be by an or "
      "from at have not but which they you his her has were their can will "
      "would there what about more when who been if",
      "" },
    { "de", AIR_SCRIPT_LATIN,
      "der die und das ist nicht ein eine den von mit zu auf f\xc3\xbcr im "
      "dem des sich auch es an werden aus er hat dass sie nach wird bei "
      "einer um am sind noch wie einem \xc3\xbc""ber einen so zum war haben "
      "nur oder aber vor zur bis mehr durch man ich wir kann wenn diese "
      "wurde als",
      "\xc3\x9f \xc3\xa4 \xc3\xb6 \xc3\xbc" },
    { "fr", AIR_SCRIPT_LATIN,
      "le la les de des et est un une du en que qui dans pour pas au sur par "
      "plus ce il ne se avec sont \xc3\xa0 aux ou cette mais comme son "
      "\xc3\xa9t\xc3\xa9 elle ses nous vous \xc3\xaatre leur ont fait "
      "m\xc3\xaame aussi ces tr\xc3\xa8s peut o\xc3\xb9 je c'est",
      "\xc3\xa2 \xc3\xaa \xc3\xab \xc3\xae \xc3\xaf \xc3\xbb \xc5\x93" },
    { "es", AIR_SCRIPT_LATIN,
      "el la los las de y que en un una es por con para del se no al lo su "
      "m\xc3\xa1s como pero sus le ya o este s\xc3\xad porque esta entre "
      "cuando muy sin sobre tambi\xc3\xa9n me hasta hay donde quien desde "
      "todo nos durante son fue est\xc3\xa1 han ser",
      "\xc2\xa1 \xc2\xbf \xc3\xb1" },
    { "it", AIR_SCRIPT_LATIN,
      "il di che e la un per \xc3\xa8 in non una sono del della con i le da "
      "si al lo come gli alla ma anche nel pi\xc3\xb9 dei delle ha questo "
      "nella o se dal ci essere cui suo quando molto pu\xc3\xb2 tra sul "
      "dalla quello perch\xc3\xa9",
      "\xc3\xa0 \xc3\xa8 \xc3\xac \xc3\xb2 \xc3\xb9" },
    { "pt", AIR_SCRIPT_LATIN,
      "o a de que e do da em um para \xc3\xa9 com n\xc3\xa3o uma os no se na "
      "por mais as dos como mas foi ao ele das tem \xc3\xa0 seu sua ou ser "
      "quando muito h\xc3\xa1 nos j\xc3\xa1 est\xc3\xa1 eu tamb\xc3\xa9m "
      "s\xc3\xb3 pelo pela at\xc3\xa9 isso s\xc3\xa3o voc\xc3\xaa",
      "\xc3\xa3 \xc3\xb5" },
    { "nl", AIR_SCRIPT_LATIN,
      "de het een en van in is dat op te zijn met voor niet die aan er om "
      "dan ook als maar bij nog naar door over worden uit tot wordt hij "
      "heeft deze meer kan zich geen was ze werd hun wat of",
      "" },
    { "sv", AIR_SCRIPT_LATIN,
      "och att det som en p\xc3\xa5 \xc3\xa4r av f\xc3\xb6r med den till "
      "inte om ett har de jag men var sig fr\xc3\xa5n s\xc3\xa5 kan vi eller "
      "n\xc3\xa4r han ska nu efter vid ocks\xc3\xa5 d\xc3\xa4r mot under "
      "vara hur mycket \xc3\xa4n dem",
      "\xc3\xa4 \xc3\xa5 \xc3\xb6" },
    { "da", AIR_SCRIPT_LATIN,
      "og at det som en p\xc3\xa5 er af for med den til ikke om et har de "
      "jeg men var sig fra s\xc3\xa5 kan vi eller n\xc3\xa5r han skal nu "
      "efter ved ogs\xc3\xa5 der mod under v\xc3\xa6re hvor meget end dem "
      "blev hvad",
      "\xc3\xa5 \xc3\xa6 \xc3\xb8" },
    { "no", AIR_SCRIPT_LATIN,
      "og \xc3\xa5 det som en p\xc3\xa5 er av for med den til ikke om et har "
      "de jeg men var seg fra s\xc3\xa5 kan vi eller n\xc3\xa5r han skal "
      "n\xc3\xa5 etter ved ogs\xc3\xa5 der mot under v\xc3\xa6re hvor mye "
      "enn dem ble hva fordi",
      "\xc3\xa5 \xc3\xa6 \xc3\xb8" },
    { "fi", AIR_SCRIPT_LATIN,
      "ja on ei ett\xc3\xa4 se oli h\xc3\xa4n mutta ovat kun niin "
      "my\xc3\xb6s joka mit\xc3\xa4 tai olla jos sen voi vain kuin ole "
      "sit\xc3\xa4 olivat nyt kuten h\xc3\xa4nen t\xc3\xa4m\xc3\xa4 jotka "
      "mukaan sek\xc3\xa4 viel\xc3\xa4 mik\xc3\xa4 ne koska siit\xc3\xa4",
      "\xc3\xa4 \xc3\xb6" },
    { "pl", AIR_SCRIPT_LATIN,
      "i w na z do nie si\xc4\x99 jest to \xc5\xbc""e o jak za od po przez "
      "dla co ale czy by\xc4\x87 mo\xc5\xbc""e s\xc4\x85 oraz jego tego tym "
      "tak ju\xc5\xbc by\xc5\x82 kt\xc3\xb3re kt\xc3\xb3ry kt\xc3\xb3ra lub "
      "przy ich aby jej tak\xc5\xbc""e mo\xc5\xbcna ze",
      "\xc4\x85 \xc4\x87 \xc4\x99 \xc5\x82 \xc5\x84 \xc5\x9b \xc5\xba "
      "\xc5\xbc" },
    { "cs", AIR_SCRIPT_LATIN,
      "a v na se je \xc5\xbe""e to s z do o i ve jako za by po pro k od jsou "
      "ale nen\xc3\xad p\xc5\x99i aby kter\xc3\xbd kter\xc3\xa1 kter\xc3\xa9 "
      "jeho nebo tak\xc3\xa9 jen a\xc5\xbe u\xc5\xbe bylo "
      "m\xc5\xaf\xc5\xbe""e b\xc3\xbdt tak podle jejich mezi kde ne\xc5\xbe",
      "\xc4\x8d \xc4\x9b \xc5\x99 \xc5\xa1 \xc5\xaf \xc5\xbe" },
    { "ro", AIR_SCRIPT_LATIN,
      "\xc8\x99i de \xc3\xaen la o a pe c\xc4\x83 cu nu este un din care "
      "pentru mai sau se ce au fi ca fost prin sunt dar ale lui foarte "
      "dup\xc4\x83 aceast\xc4\x83 acest \xc3\xaentre poate "
      "p\xc3\xa2n\xc4\x83 c\xc3\xa2nd doar dac\xc4\x83",
      "\xc3\xa2 \xc4\x83 \xc5\x9f \xc5\xa3 \xc8\x99 \xc8\x9b" },
    { "hu", AIR_SCRIPT_LATIN,
      "a az \xc3\xa9s hogy nem is egy van de ez meg azt csak volt m\xc3\xa1r "
      "ki el vagy mint m\xc3\xa9g ha lehet kell fel sem minden \xc3\xadgy "
      "ut\xc3\xa1n aki ezt szerint nagyon k\xc3\xb6z\xc3\xb6tt olyan "
      "\xc3\xa1ltal ami",
      "\xc5\x91 \xc5\xb1" },
    { "tr", AIR_SCRIPT_LATIN,
      "ve bir bu da de i\xc3\xa7in ile \xc3\xa7ok daha olarak olan en gibi "
      "ne kadar sonra ancak de\xc4\x9fil var ya her o ben ama ki mi "
      "\xc5\x9f""ey diye veya oldu\xc4\x9fu taraf\xc4\xb1ndan g\xc3\xb6re "
      "yok kendi hem bunu",
      "\xc4\x9f \xc4\xb0 \xc4\xb1 \xc5\x9f" },
    { "id", AIR_SCRIPT_LATIN,
      "yang dan di dengan untuk dari ini itu tidak dalam pada adalah ke akan "
      "oleh juga dapat sebagai ada atau karena bisa lebih telah saya mereka "
      "anda tersebut secara sudah dia kita seperti",
      "" },
    { "vi", AIR_SCRIPT_LATIN,
      "v\xc3\xa0 c\xe1\xbb\xa7""a l\xc3\xa0 c\xc3\xb3 kh\xc3\xb4ng "
      "c\xc3\xa1""c m\xe1\xbb\x99t cho \xc4\x91\xc6\xb0\xe1\xbb\xa3""c trong "
      "v\xe1\xbb\x9bi nh\xe1\xbb\xafng n\xc3\xa0y ng\xc6\xb0\xe1\xbb\x9di "
      "\xc4\x91\xc3\xa3 \xc4\x91\xe1\xbb\x83 t\xe1\xbb\xab khi "
      "\xc4\x91\xe1\xba\xbfn v\xe1\xbb\x81 nh\xc6\xb0 c\xc5\xa9ng t\xc3\xb4i "
      "nhi\xe1\xbb\x81u ra s\xe1\xba\xbd th\xe1\xbb\x83 nh\xc6\xb0ng "
      "l\xe1\xba\xa1i v\xc3\xa0o hay b\xe1\xba\xa1n t\xe1\xba\xa1i theo "
      "ho\xe1\xba\xb7""c",
      "\xc4\x91 \xc6\xa1 \xc6\xb0 \xe1\xba\xa1 \xe1\xba\xa3 \xe1\xba\xa5 "
      "\xe1\xba\xa7 \xe1\xba\xa9 \xe1\xba\xab \xe1\xba\xad \xe1\xba\xaf "
      "\xe1\xba\xb1 \xe1\xba\xbf \xe1\xbb\x81 \xe1\xbb\x83 \xe1\xbb\x85 "
      "\xe1\xbb\x87 \xe1\xbb\x8b \xe1\xbb\x8d \xe1\xbb\x91 \xe1\xbb\x93 "
      "\xe1\xbb\x95 \xe1\xbb\x99 \xe1\xbb\x9b \xe1\xbb\x9d \xe1\xbb\x9f "
      "\xe1\xbb\xa3 \xe1\xbb\xa5 \xe1\xbb\xa9 \xe1\xbb\xab \xe1\xbb\xad "
      "\xe1\xbb\xaf \xe1\xbb\xb1 \xe1\xbb\xb3" },
    { "ru", AIR_SCRIPT_CYRILLIC,
      "\xd0\xb8 \xd0\xb2 \xd0\xbd\xd0\xb5 \xd0\xbd\xd0\xb0 "
      "\xd1\x87\xd1\x82\xd0\xbe \xd1\x81 \xd0\xba\xd0\xb0\xd0\xba "
      "\xd1\x8d\xd1\x82\xd0\xbe \xd0\xbf\xd0\xbe \xd0\xbd\xd0\xbe "
      "\xd0\xb8\xd0\xb7 \xd0\xb7\xd0\xb0 \xd0\xba \xd0\xbe\xd1\x82 "
      "\xd0\xb4\xd0\xbb\xd1\x8f \xd0\xbe\xd0\xbd \xd1\x82\xd0\xb0\xd0\xba "
      "\xd0\xb6\xd0\xb5 \xd1\x82\xd0\xbe \xd0\xb2\xd1\x81\xd0\xb5 "
      "\xd0\xb5\xd0\xb3\xd0\xbe \xd0\xb0 \xd1\x83 \xd0\xb1\xd1\x8b "
      "\xd0\xb8\xd0\xbb\xd0\xb8 \xd1\x83\xd0\xb6\xd0\xb5 "
      "\xd0\xbe\xd0\xbd\xd0\xb0 \xd0\xbf\xd1\x80\xd0\xb8 "
      "\xd0\xb5\xd1\x81\xd1\x82\xd1\x8c \xd0\xb5\xd1\x81\xd0\xbb\xd0\xb8 "
      "\xd0\xb1\xd1\x8b\xd0\xbb\xd0\xb8 \xd0\xb1\xd1\x8b\xd0\xbb "
      "\xd0\xb5\xd1\x89\xd0\xb5 \xd0\xbc\xd1\x8b \xd0\xb2\xd1\x8b "
      "\xd1\x82\xd0\xbe\xd0\xbb\xd1\x8c\xd0\xba\xd0\xbe "
      "\xd0\xbc\xd0\xbe\xd0\xb6\xd0\xb5\xd1\x82 \xd0\xb8\xd1\x85 "
      "\xd1\x87\xd1\x82\xd0\xbe\xd0\xb1\xd1\x8b "
      "\xd0\xba\xd0\xbe\xd1\x82\xd0\xbe\xd1\x80\xd1\x8b\xd0\xb5 "
      "\xd1\x82\xd0\xb0\xd0\xba\xd0\xb6\xd0\xb5",
      "\xd1\x8b \xd1\x8d \xd1\x91" },
    { "uk", AIR_SCRIPT_CYRILLIC,
      "\xd1\x96 \xd0\xb2 \xd0\xbd\xd0\xb5 \xd0\xbd\xd0\xb0 \xd1\x89\xd0\xbe "
      "\xd0\xb7 \xd1\x8f\xd0\xba \xd1\x86\xd0\xb5 \xd1\x82\xd0\xb0 "
      "\xd0\xbf\xd0\xbe \xd0\xb0\xd0\xbb\xd0\xb5 \xd0\xb4\xd0\xbe "
      "\xd0\xb7\xd0\xb0 \xd0\xb2\xd1\x96\xd0\xb4 \xd0\xb4\xd0\xbb\xd1\x8f "
      "\xd0\xb2\xd1\x96\xd0\xbd \xd1\x82\xd0\xb0\xd0\xba \xd0\xb6\xd0\xb5 "
      "\xd1\x82\xd0\xbe \xd0\xb2\xd1\x81\xd1\x96 "
      "\xd0\xb9\xd0\xbe\xd0\xb3\xd0\xbe \xd0\xb0 \xd1\x83 "
      "\xd0\xb0\xd0\xb1\xd0\xbe \xd0\xb2\xd0\xb6\xd0\xb5 "
      "\xd0\xb2\xd0\xbe\xd0\xbd\xd0\xb0 \xd0\xbf\xd1\x80\xd0\xb8 \xd1\x94 "
      "\xd1\x8f\xd0\xba\xd1\x89\xd0\xbe \xd0\xb1\xd1\x83\xd0\xbb\xd0\xb8 "
      "\xd0\xb1\xd1\x83\xd0\xb2 \xd1\x89\xd0\xb5 \xd0\xbc\xd0\xb8 "
      "\xd0\xb2\xd0\xb8 \xd1\x82\xd1\x96\xd0\xbb\xd1\x8c\xd0\xba\xd0\xb8 "
      "\xd0\xbc\xd0\xbe\xd0\xb6\xd0\xb5 \xd1\x97\xd1\x85 "
      "\xd1\x89\xd0\xbe\xd0\xb1 \xd1\x8f\xd0\xba\xd1\x96 "
      "\xd1\x82\xd0\xb0\xd0\xba\xd0\xbe\xd0\xb6 \xd0\xbf\xd1\x96\xd0\xb4",
      "\xd1\x94 \xd1\x96 \xd1\x97 \xd2\x91" },
    { "bg", AIR_SCRIPT_CYRILLIC,
      "\xd0\xb8 \xd0\xb2 \xd0\xbd\xd0\xb0 \xd0\xbd\xd0\xb5 \xd1\x81\xd0\xb5 "
      "\xd0\xb4\xd0\xb0 \xd0\xbe\xd1\x82 \xd0\xb7\xd0\xb0 \xd1\x81 \xd0\xb5 "
      "\xd1\x87\xd0\xb5 \xd0\xba\xd0\xb0\xd1\x82\xd0\xbe \xd0\xbf\xd0\xbe "
      "\xd0\xbd\xd0\xbe \xd1\x81\xd0\xb0 \xd1\x81\xd0\xb8 "
      "\xd1\x82\xd0\xbe\xd0\xb2\xd0\xb0 \xd1\x82\xd0\xbe\xd0\xb9 "
      "\xd0\xb8\xd0\xbb\xd0\xb8 \xd0\xbf\xd1\x80\xd0\xb8 \xd0\xb4\xd0\xbe "
      "\xd1\x89\xd0\xb5 \xd0\xb8\xd0\xbc\xd0\xb0 \xd0\xbe\xd1\x89\xd0\xb5 "
      "\xd0\xbc\xd0\xbe\xd0\xb6\xd0\xb5 \xd0\xb1\xd1\x8a\xd0\xb4\xd0\xb5 "
      "\xd0\xba\xd0\xbe\xd0\xb9\xd1\x82\xd0\xbe "
      "\xd0\xba\xd0\xbe\xd0\xb8\xd1\x82\xd0\xbe "
      "\xd1\x81\xd1\x8a\xd1\x89\xd0\xbe \xd1\x81\xd0\xbb\xd0\xb5\xd0\xb4 "
      "\xd0\xb2\xd1\x81\xd0\xb5 \xd0\xb1\xd0\xb5\xd1\x88\xd0\xb5 "
      "\xd1\x82\xd1\x8f \xd0\xbc\xd1\x83 \xd0\xba\xd1\x8a\xd0\xbc",
      "\xd1\x8a" },
    { "ar", AIR_SCRIPT_ARABIC,
      "\xd9\x81\xd9\x8a \xd9\x85\xd9\x86 \xd8\xb9\xd9\x84\xd9\x89 "
      "\xd8\xa5\xd9\x84\xd9\x89 \xd8\xa3\xd9\x86 \xd9\x87\xd8\xb0\xd8\xa7 "
      "\xd8\xa7\xd9\x84\xd8\xaa\xd9\x8a \xd8\xa7\xd9\x84\xd8\xb0\xd9\x8a "
      "\xd8\xb9\xd9\x86 \xd9\x85\xd8\xb9 \xd9\x85\xd8\xa7 "
      "\xd9\x87\xd8\xb0\xd9\x87 \xd9\x83\xd8\xa7\xd9\x86 \xd9\x84\xd8\xa7 "
      "\xd8\xa8\xd9\x8a\xd9\x86 \xd9\x83\xd9\x84 \xd8\xa3\xd9\x88 "
      "\xd8\xb0\xd9\x84\xd9\x83 \xd8\xa8\xd8\xb9\xd8\xaf \xd9\x82\xd8\xaf "
      "\xd9\x87\xd9\x88 \xd9\x87\xd9\x8a \xd9\x84\xd9\x85 "
      "\xd9\x83\xd9\x85\xd8\xa7 \xd8\xb9\xd9\x86\xd8\xaf "
      "\xd8\xba\xd9\x8a\xd8\xb1 \xd8\xad\xd8\xaa\xd9\x89 "
      "\xd9\x8a\xd9\x85\xd9\x83\xd9\x86 \xd8\xa5\xd8\xb0\xd8\xa7 "
      "\xd8\xad\xd9\x8a\xd8\xab",
      "\xd8\xa9 \xd9\x83 \xd9\x89 \xd9\x8a" },
    { "fa", AIR_SCRIPT_ARABIC,
      "\xd8\xaf\xd8\xb1 \xd8\xa7\xd8\xb2 \xd8\xa8\xd9\x87 \xda\xa9\xd9\x87 "
      "\xd8\xa7\xdb\x8c\xd9\x86 \xd8\xb1\xd8\xa7 \xd8\xa8\xd8\xa7 "
      "\xd8\xa7\xd8\xb3\xd8\xaa \xd8\xa8\xd8\xb1\xd8\xa7\xdb\x8c "
      "\xd8\xa2\xd9\x86 \xdb\x8c\xda\xa9 \xd9\x87\xd9\x85 \xd9\x85\xdb\x8c "
      "\xd8\xaa\xd8\xa7 \xd8\xa8\xd8\xb1 \xd8\xb4\xd9\x88\xd8\xaf "
      "\xd9\x87\xd8\xa7 \xd8\xa8\xd9\x88\xd8\xaf \xd8\xae\xd9\x88\xd8\xaf "
      "\xd8\xb4\xd8\xaf\xd9\x87 \xd8\xa8\xd8\xa7\xdb\x8c\xd8\xaf "
      "\xd8\xa7\xd9\x85\xd8\xa7 \xda\xa9\xd8\xb1\xd8\xaf \xdb\x8c\xd8\xa7 "
      "\xda\xa9\xd9\x86\xd8\xaf \xd8\xaf\xd8\xa7\xd8\xb1\xd8\xaf "
      "\xd9\x87\xd8\xb1 \xd9\x87\xd8\xa7\xdb\x8c",
      "\xd9\xbe \xda\x86 \xda\x98 \xda\xa9 \xda\xaf \xdb\x8c" },
    { "el", AIR_SCRIPT_GREEK,
      "",
      "" },
    { "he", AIR_SCRIPT_HEBREW,
      "",
      "" },
    { "hi", AIR_SCRIPT_DEVANAGARI,
      "",
      "" },
    { "th", AIR_SCRIPT_THAI,
      "",
      "" },
    { "ko", AIR_SCRIPT_HANGUL,
      "",
      "" },
    { "ja", AIR_SCRIPT_KANA,
      "",
      "" },
    { "zh", AIR_SCRIPT_HAN,
      "",
      "" },
};

#define AIR_NLANGUAGE  (sizeof(air_languages) / sizeof(air_languages[0]))


typedef struct {
    uint32_t   letters[AIR_NSCRIPT];
    uint32_t   points[AIR_NLANGUAGE];
    uint32_t  *slot_hash;         /* of words and letters, 0: free          */
    uint32_t  *slot_mask;         /* languages that have it                 */
} air_language_walk_t;


int
air_floor_set_languages(air_floor_check_t *c, char *why, size_t size)
{
    size_t       n;
    char         list[AIR_NLANGUAGE * 3 + 1];
    unsigned     i;
    air_str_t    rest;

    rest = c->value;

    for ( ;; ) {

        for (n = 0; n < rest.len && rest.data[n] != ','; n++) { /* void */ }

        for (i = 0; i < AIR_NLANGUAGE; i++) {
            if (air_str_eqz(air_str_n(rest.data, n), air_languages[i].name)) {
                break;
            }
        }

        if (i == AIR_NLANGUAGE) {

            for (i = 0; i < AIR_NLANGUAGE; i++) {
                memcpy(list + 3 * i, air_languages[i].name, 2);
                list[3 * i + 2] = i + 1 < AIR_NLANGUAGE ? ' ' : '\0';
            }

            return air_floor_why(why, size, AIR_EINVAL, "language takes one "
                                 "or several of ", list, NULL);
        }

        c->languages |= (uint32_t) 1 << i;

        if (n == rest.len) {
            return AIR_OK;
        }

        rest.data += n + 1;
        rest.len -= n + 1;
    }
}


static uint32_t
air_language_hash(const unsigned char *p, size_t n)
{
    size_t    i;
    uint32_t  hash;

    hash = 2166136261u;

    for (i = 0; i < n; i++) {
        hash = (hash ^ p[i]) * 16777619u;
    }

    hash ^= hash >> 15;

    return hash + (hash == 0);
}


static uint32_t *
air_language_slot(const air_language_walk_t *w, uint32_t hash, int make)
{
    uint32_t  k;

    for (k = hash % AIR_LANGUAGE_SLOTS; w->slot_hash[k] != 0;
         k = (k + 1) % AIR_LANGUAGE_SLOTS)
    {
        if (w->slot_hash[k] == hash) {
            return &w->slot_mask[k];
        }
    }

    if (!make) {
        return NULL;
    }

    w->slot_hash[k] = hash;
    w->slot_mask[k] = 0;

    return &w->slot_mask[k];
}


/* Those of a list between blanks; a letter is hashed with one before it. */
static void
air_language_list(air_language_walk_t *w, unsigned language,
    const char *list, int letters)
{
    size_t         n;
    const char    *p;
    unsigned char  word[AIR_LANGUAGE_WORD];

    for (p = list; *p != '\0'; p += n + (p[n] == ' ')) {

        for (n = 0; p[n] != '\0' && p[n] != ' '; n++) { /* void */ }

        word[0] = ' ';
        memcpy(word + letters, p, n);

        *air_language_slot(w, air_language_hash(word, n + letters), 1) |=
                                                     (uint32_t) 1 << language;
    }
}


static int
air_language_init(air_language_walk_t *w, const air_mem_t *mem)
{
    unsigned  i;

    memset(w, 0, sizeof(air_language_walk_t));

    w->slot_hash = air_mem_get(mem, 2 * AIR_LANGUAGE_SLOTS
                                    * sizeof(uint32_t));
    if (w->slot_hash == NULL) {
        return AIR_ENOMEM;
    }

    w->slot_mask = w->slot_hash + AIR_LANGUAGE_SLOTS;
    memset(w->slot_hash, 0, AIR_LANGUAGE_SLOTS * sizeof(uint32_t));

    for (i = 0; i < AIR_NLANGUAGE; i++) {
        air_language_list(w, i, air_languages[i].words, 0);
        air_language_list(w, i, air_languages[i].letters, 1);
    }

    return AIR_OK;
}


/* A word, or a letter, is a point for those who have it: the fewer have it
   the more. */
static void
air_language_hit(air_language_walk_t *w, const unsigned char *p, size_t n,
    unsigned worth)
{
    unsigned   i, many;
    uint32_t  *slot, mask;

    slot = air_language_slot(w, air_language_hash(p, n), 0);

    if (slot == NULL) {
        return;
    }

    many = (unsigned) __builtin_popcount(*slot);
    worth = many == 1 ? 4 * worth : many == 2 ? 2 * worth : worth;

    for (mask = *slot; mask != 0; mask &= mask - 1) {
        i = (unsigned) __builtin_ctz(mask);
        w->points[i] += worth;
    }
}


static void
air_language_walk(air_language_walk_t *w, const unsigned char *p,
    const unsigned char *end)
{
    int             code;
    size_t          n, bad, len;
    unsigned        c;
    air_script_e    script;
    unsigned char   word[AIR_LANGUAGE_WORD], letter[5];

    len = 0;
    code = 0;

    for ( /* void */ ; p < end; p += n) {

        /* what is in fences is in no language */

        if (*p == '`' && end - p > 2 && p[1] == '`' && p[2] == '`') {
            code = !code;
            n = 3;
            continue;
        }

        n = air_utf8_next(p, end, &bad);

        if (n == 0) {
            n = bad;
            continue;
        }

        if (code) {
            continue;
        }

        c = air_letters_code(p, n);
        script = air_letters_script(c);

        if (script == AIR_SCRIPT_NONE && c != '\'' && c != 0x2019) {

            if (len != 0 && len < AIR_LANGUAGE_WORD) {
                air_language_hit(w, word, len, 1);
            }

            len = 0;
            continue;
        }

        w->letters[script]++;
        c = c == 0x2019 ? '\'' : air_letters_small(c);

        if (len + 4 < AIR_LANGUAGE_WORD) {
            len += air_utf8_put(word + len, c);

        } else {
            len = AIR_LANGUAGE_WORD;
        }

        if (c >= 0x80) {
            letter[0] = ' ';
            air_language_hit(w, letter, 1 + air_utf8_put(letter + 1, c), 1);
        }
    }

    if (len != 0 && len < AIR_LANGUAGE_WORD) {
        air_language_hit(w, word, len, 1);
    }
}


/* The script that most of it is written in, if it is most by far. */
static air_script_e
air_language_script(air_language_walk_t *w)
{
    uint32_t  sum, kana;
    unsigned  i, best;

    w->letters[AIR_SCRIPT_NONE] = 0;

    /* one of these says about as much as three letters */

    w->letters[AIR_SCRIPT_HAN] *= 3;
    w->letters[AIR_SCRIPT_KANA] *= 3;
    w->letters[AIR_SCRIPT_HANGUL] *= 3;

    kana = w->letters[AIR_SCRIPT_KANA];

    /* Japanese is written in both */

    if (kana * 8 >= w->letters[AIR_SCRIPT_HAN] && kana != 0) {
        w->letters[AIR_SCRIPT_KANA] += w->letters[AIR_SCRIPT_HAN];
        w->letters[AIR_SCRIPT_HAN] = 0;
    }

    sum = 0;
    best = 0;

    for (i = 1; i < AIR_NSCRIPT; i++) {
        sum += w->letters[i];
        best = w->letters[i] > w->letters[best] ? i : best;
    }

    return sum < AIR_LANGUAGE_LEAST || w->letters[best] * 5 < sum * 3
           ? AIR_SCRIPT_NONE : (air_script_e) best;
}


/* The verdict, when the text is of a script. */
static int
air_language_verdict(const air_language_walk_t *w, uint32_t wanted,
    air_script_e script)
{
    unsigned  i, in, out, n;

    in = 0;
    out = 0;
    n = 0;

    for (i = 0; i < AIR_NLANGUAGE; i++) {

        if (air_languages[i].script != script) {
            continue;
        }

        n++;

        if (wanted >> i & 1) {
            in = w->points[i] + 1 > in ? w->points[i] + 1 : in;

        } else {
            out = w->points[i] + 1 > out ? w->points[i] + 1 : out;
        }
    }

    if (in == 0) {
        return n == 1 || out > AIR_LANGUAGE_HITS
               || (script != AIR_SCRIPT_LATIN && n != 0)
               ? AIR_VERDICT_FAILED : AIR_VERDICT_UNSURE;
    }

    if (out == 0) {
        return AIR_VERDICT_PASSED;
    }

    if (in > AIR_LANGUAGE_HITS && in > out) {
        return AIR_VERDICT_PASSED;
    }

    /* Danish and Norwegian differ in little */

    return out > AIR_LANGUAGE_HITS && out * 2 > in * 3 ? AIR_VERDICT_FAILED
                                                       : AIR_VERDICT_UNSURE;
}


int
air_floor_language(const air_floor_check_t *c, air_floor_case_t *x)
{
    int                    rc;
    air_script_e           script;
    air_language_walk_t    w;
    const unsigned char   *p, *end;

    if (air_language_init(&w, x->mem) != AIR_OK) {
        return AIR_ENOMEM;
    }

    p = x->text.data;
    end = p + x->text.len;

    if (x->text.len <= AIR_LANGUAGE_HEAD + AIR_LANGUAGE_TAIL) {
        air_language_walk(&w, p, end);

    } else {
        air_language_walk(&w, p, p + AIR_LANGUAGE_HEAD);
        air_language_walk(&w, end - AIR_LANGUAGE_TAIL, end);
    }

    script = air_language_script(&w);

    if (script == AIR_SCRIPT_NONE) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_UNSURE,
                             "too little text to tell its language", NULL,
                             NULL);
    }

    rc = air_language_verdict(&w, c->languages, script);

    if (rc == AIR_VERDICT_PASSED) {
        return rc;
    }

    return air_floor_why(x->why, x->size, rc,
                         rc == AIR_VERDICT_FAILED
                         ? "the answer is in another language"
                         : "the answer's language cannot be told", NULL,
                         NULL);
}
