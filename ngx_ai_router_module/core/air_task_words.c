
/*
 * The words the rules know, by class, and the table they are looked up in.
 */

#include "air_task_rules.h"


const air_word_list_t  air_task_lists[] = {

    { AIR_WORD_MAKE,
      "write writing compose draft craft create creating generate "
      "generating make making produce build construct develop devise "
      "prepare author design formulate script provide invent" },

    { AIR_WORD_GIVE,
      "give list tell show suggest recommend name offer share provide "
      "propose bring enumerate mention state outline" },

    { AIR_WORD_CODEV,
      "implement debug refactor compile code program parallelize "
      "vectorize deobfuscate" },

    { AIR_WORD_CODE,
      "code function functions program programs script scripts algorithm "
      "algorithms snippet snippets regex regexp sql api apis query "
      "queries subroutine class html css website webpage method app unit "
      "dockerfile makefile yaml cli command commands parser compiler "
      "database schema subquery decorator macro constructor stacktrace "
      "loop array linked formula component workflow" },

    { AIR_WORD_CODEN,
      "code algorithm regex regexp sql html css dockerfile makefile "
      "leetcode codebase javascript python java kotlin golang rustlang "
      "typescript compiler traceback stacktrace segfault github gitlab "
      "git npm jquery webpack docker kubernetes bash shell unittest "
      "pytest boolean recursion recursive iterator pointer async mutex" },

    { AIR_WORD_LANG,
      "python java javascript typescript golang rust kotlin ruby perl php "
      "scala haskell matlab bash powershell html css sql mysql postgresql "
      "postgres sqlite mongodb react angular vue django flask numpy "
      "pandas pytorch tensorflow latex c++ c# js jsx tsx nodejs vba excel "
      "fortran cobol sas spss lua julia dart flutter linux unix solidity "
      "terraform ansible graphql pyspark cpp csharp dotnet dataframe "
      "regex" },

    { AIR_WORD_BUG,
      "bug bugs exception error errors traceback crash crashes segfault "
      "stacktrace undefined" },

    { AIR_WORD_TRANSL,
      "translate translated translates translating translation "
      "translations" },

    { AIR_WORD_TONGUE,
      "english french german spanish chinese mandarin japanese korean "
      "arabic russian italian portuguese hindi dutch polish turkish "
      "swedish danish norwegian finnish greek latin hebrew vietnamese "
      "thai indonesian ukrainian czech romanian hungarian persian farsi "
      "urdu bengali tamil swahili esperanto catalan cantonese filipino "
      "tagalog malay" },

    { AIR_WORD_INTO,
      "into to in" },

    { AIR_WORD_SUMMV,
      "summarize summarise summarizing summarising summarized summarised "
      "summarizes condense condensed condensing synthesize synthesise "
      "recap abridge tldr distill boil" },

    { AIR_WORD_SUMMN,
      "summary summaries synopsis recap gist tldr overview abridgement "
      "summarization summarisation" },

    { AIR_WORD_SHORTEN,
      "shorten shortened condense compress trim" },

    { AIR_WORD_BRIEF,
      "brief short briefly concise one few couple single two three "
      "concisely quick" },

    { AIR_WORD_SENTENCE,
      "sentence sentences bullet bullets words nutshell line lines "
      "paragraph" },

    { AIR_WORD_KEY,
      "key main important central core essential principal salient major "
      "crucial" },

    { AIR_WORD_POINT,
      "points point takeaways takeaway highlights idea ideas message "
      "arguments findings insights themes theme events facts" },

    { AIR_WORD_CLASSV,
      "classify classified classifying classifies categorize categorise "
      "categorized categorised categorizing categorising label labeling "
      "bucket sort classification categorization triage tag" },

    { AIR_WORD_CATEGORY,
      "category categories class classes label labels genre genres group "
      "groups type types topic topics department section sections bucket "
      "buckets sentiment tag tags intent classification kind field parts" },

    { AIR_WORD_ASSIGN,
      "assign assigned choose select pick put place sort separate divide "
      "split group organize match attach belong belongs belonging fall "
      "falls segregate bucket" },

    { AIR_WORD_SENTI,
      "sentiment sentiments polarity" },

    { AIR_WORD_POLAR,
      "positive negative neutral spam ham toxic offensive hateful "
      "sarcastic abusive harmful fake phishing satisfied dissatisfied "
      "clickbait flattering profane inappropriate" },

    { AIR_WORD_JUDGE,
      "identify determine determining decide detect detecting tell "
      "predict check say judge verify evaluate figure assess analyze "
      "analyse examine state indicate recognize recognise infer" },

    { AIR_WORD_IF,
      "if whether" },

    { AIR_WORD_WHICH,
      "which" },

    { AIR_WORD_OR,
      "or vs versus" },

    { AIR_WORD_EITHER,
      "either" },

    { AIR_WORD_SAME,
      "same similar equivalent identical" },

    { AIR_WORD_MEANS,
      "mean means meaning thing asking" },

    { AIR_WORD_DUP,
      "duplicate duplicates duplicated entail entails entailment entailed "
      "contradict contradicts contradiction plagiarized" },

    { AIR_WORD_RATE,
      "rate rating ratings score scores grade stars scale" },

    { AIR_WORD_EXTRACT,
      "extract extracts extracted extracting extraction" },

    { AIR_WORD_PULL,
      "pull grab retrieve collect gather parse" },

    { AIR_WORD_FIND,
      "find locate identify list highlight name pick spot get underline "
      "count enumerate detect recognize recognise output return select "
      "capture" },

    { AIR_WORD_TEXT,
      "text texts passage passages paragraph paragraphs sentence "
      "sentences article articles document documents email emails review "
      "reviews tweet tweets transcript abstract story statement "
      "statements snippet excerpt post conversation dialogue message "
      "letter context phrase essay report input content invoice resume "
      "poem speech quote comment feedback lyrics contract receipt news "
      "description note notes memo headline code chapter blog caption "
      "paper recipe outline title lines" },

    { AIR_WORD_FROM,
      "from in within" },

    { AIR_WORD_MENTION,
      "mentioned listed contained described named referenced appearing "
      "appear appears discussed mentions mention found" },

    { AIR_WORD_ENTITY,
      "entities entity keywords keyphrases keyword names dates emails "
      "addresses phone nouns noun verbs verb adjectives adjective adverb "
      "adverbs pronouns pronoun people persons places locations "
      "organizations organisations countries companies numbers urls "
      "hashtags ingredients authors author date price amount skills facts "
      "subject predicate preposition prepositions conjunction figures "
      "quotes products cities years acronyms address claims symptoms tone "
      "events" },

    { AIR_WORD_FORMAT,
      "json csv table xml yaml bullets bulleted tabular jsonl tsv" },

    { AIR_WORD_REWRITE,
      "rewrite rewrites rewritten rewriting rephrase rephrased rephrasing "
      "paraphrase paraphrased paraphrasing reword reworded rewording "
      "proofread proofreading restate reformulate copyedit redraft revise "
      "revised rework restructure reorder rearrange reorganize reorganise "
      "reformat punctuate capitalize" },

    { AIR_WORD_CORRECT,
      "correct fix edit edited improve polish revise amend correcting "
      "fixing improving editing remove spellcheck refine enhance tweak "
      "adjust" },

    { AIR_WORD_GRAMMAR,
      "grammar grammatical spelling punctuation typos typo mistakes "
      "errors error misspelled misspelling misspellings capitalization "
      "wording grammatically clarity readability flow tense run" },

    { AIR_WORD_MORE,
      "more less sound sounds" },

    { AIR_WORD_STYLE,
      "formal informal professional concise polite casual academic "
      "readable fluent friendly simple simpler clear clearer persuasive "
      "engaging natural catchy descriptive professionally politely "
      "formally interesting grammatically business positive eloquent "
      "succinct active vivid inclusive empathetic colloquial diplomatic "
      "better shorter longer smoother stronger" },

    { AIR_WORD_CHANGE,
      "change convert turn transform modify switch replace alter changing "
      "adapt converting simplify insert" },

    { AIR_WORD_VOICE,
      "voice tone tense passive active plural singular style "
      "interrogative person pronouns uppercase lowercase formal past "
      "future present imperative question register language" },

    { AIR_WORD_MATHV,
      "solve calculate compute factor factorize factorise integrate "
      "differentiate simplify" },

    { AIR_WORD_MATHN,
      "equation equations probability integral derivative triangle "
      "polynomial matrix matrices perimeter remainder divisible median "
      "fraction fractions circumference hypotenuse quadratic logarithm "
      "modulo vertices radius diameter quotient integer integers "
      "inequality theorem prove arithmetic geometry algebra calculus math "
      "maths mathematical mathematics trigonometry exponent vector "
      "determinant eigenvalues permutations combinations factorial prime "
      "converges diverges converge slope intercept parabola coefficients "
      "variables roots asymptote denominator numerator geometric cosine "
      "sine tangent binomial root" },

    { AIR_WORD_MATHW,
      "sum average percent percentage area volume total product "
      "difference mean speed cost price profit interest distance numbers "
      "number square root value ratio odds how" },

    { AIR_WORD_HOW,
      "how" },

    { AIR_WORD_MANY,
      "many much far long old fast tall" },

    { AIR_WORD_LOGIC,
      "riddle riddles puzzle puzzles syllogism deduce deduction "
      "brainteaser paradox sudoku deductive suspects clues" },

    { AIR_WORD_KIN,
      "sister sisters brother brothers father mother son daughter uncle "
      "aunt siblings overtaken overtake taller shorter older younger "
      "heavier lighter faster slower tallest shortest oldest youngest "
      "fastest liar lying truth lies knight knave" },

    { AIR_WORD_QUESTION,
      "question questions answer answers answering" },

    { AIR_WORD_BASED,
      "based according using given per considering with" },

    { AIR_WORD_WHO,
      "who what when where why how which whose whom" },

    { AIR_WORD_AUX,
      "is are do does did can could should would will was were has have "
      "am may might shall" },

    { AIR_WORD_EXPLAIN,
      "explain define describe discuss compare elaborate explore contrast "
      "clarify teach analyze interpret illustrate demonstrate" },

    { AIR_WORD_WNOUN,
      "story stories poem poems essay email emails letter blog article "
      "tweet tweets caption captions speech song songs lyrics dialogue "
      "conversation joke jokes haiku limerick slogan slogans bio ad ads "
      "plot scene resume advertisement announcement invitation eulogy "
      "tagline headline headlines screenplay novel chapter monologue "
      "toast vows recipe itinerary plan menu questionnaire survey "
      "template post posts memo proposal newsletter obituary title titles "
      "outline introduction conclusion paragraph biography report sonnet "
      "rap quote pitch description review reviews greeting fairy message "
      "ode narrative verse sentence sentences dialog prompt critique "
      "agenda schedule press reply response username diary journal "
      "character backstory horoscope rhyme riddle pun acrostic fable quiz "
      "presentation persona metaphor simile text" },

    { AIR_WORD_BRAIN,
      "brainstorm suggestions ideas tips ways examples names things "
      "activities synonyms antonyms alternatives options reasons books "
      "movies places gifts questions topics strategies adjectives "
      "benefits list advantages disadvantages pros keywords phrases "
      "recommendations hobbies steps methods characteristics types "
      "countries features uses metaphors subtopics concepts facts "
      "similarities differences" },

    { AIR_WORD_ROLE,
      "pretend imagine roleplay suppose" },

    { AIR_WORD_ACT,
      "act behave speak embody" },

    { AIR_WORD_AS,
      "as" },

    { AIR_WORD_GREET,
      "hi hello hey thanks thank morning evening bye goodbye howdy yo sup "
      "hola greetings" },

    { AIR_WORD_LEADIN,
      "please can could you kindly help me let us now then first next "
      "your task is i need want would like to we just also will lets be "
      "so d ll finally and job should must goal the im m" },

    { AIR_WORD_ANDTHEN,
      "and then also" },

    { AIR_WORD_GIVEN,
      "given based using from in for with here below after read consider "
      "as following considering" },

    { AIR_WORD_THIS,
      "this the these that following given below above provided my" },

    { AIR_WORD_STEP,
      "step" },

    { AIR_WORD_TRUE,
      "true yes correct acceptable real valid fact grammatical" },

    { AIR_WORD_FALSE,
      "false no incorrect unacceptable fake invalid opinion ungrammatical "
      "fiction wrong" },

    { AIR_WORD_FORMS,
      "different own simpler" },

    { AIR_WORD_WORDS,
      "words terms" },

    { AIR_WORD_END,
      "finish complete continue completing" },

    { AIR_WORD_OPTIONS,
      "options choices alternatives option choice" },

    { AIR_WORD_TESTS,
      "tests test" },

    { AIR_WORD_SAY,
      "say said write put express" },

    { AIR_WORD_SEPARATED,
      "separated delimited comma semicolon" },

    { AIR_WORD_COME,
      "come think" },

    { AIR_WORD_UP,
      "up of" },

    { AIR_WORD_BELONG,
      "belong belongs odd fit" },

    { AIR_WORD_SETOF,
      "following these list" },

    { AIR_WORD_NUMW,
      "two three four five six seven eight nine ten twenty hundred half "
      "twice dozen each" },

    { AIR_WORD_ON,
      "on out" },

    { AIR_WORD_INTOX,
      "into as" },

    { AIR_WORD_MATHO,
      "evaluate multiply subtract divide add estimate round sum find "
      "determine" },

    { AIR_WORD_LOGICAL,
      "logic logical logically premise premises conclude conclusion "
      "inference reasoning infer implies follows conclusions valid" },

    { AIR_WORD_VERSION,
      "version equivalent" },

    { AIR_WORD_TL,
      "tl" },

    { AIR_WORD_DR,
      "dr" },

    { AIR_WORD_OF,
      "of" },

    { AIR_WORD_SEPV,
      "separate separated delimited separating" },

    { AIR_WORD_ALLARE,
      "all some no every none" },

    { AIR_WORD_STATEMENT,
      "statement statements" },

    { AIR_WORD_FINDX,
      "identify highlight underline locate detect spot recognize "
      "recognise circle mark" },

    { AIR_WORD_ALGO,
      "palindrome substring anagram fibonacci array arrays linked node "
      "nodes traversal bst hashmap subarray runtime o(n" },

    { AIR_WORD_STRING,
      "string strings array arrays list linked tree graph matrix integer "
      "integers binary sorted nums" },

    { AIR_WORD_GIVENX,
      "given" },

    { AIR_WORD_CATX,
      "category label genre class tag topic section sentiment intent "
      "department classification" },

    { AIR_WORD_THISX,
      "this these following given" },

    { AIR_WORD_MK,
      "make making" },

    { AIR_WORD_TONEW,
      "tone mood emotion emotions intent intention language attitude "
      "stance" },

    { AIR_WORD_GROUPV,
      "group sort separate divide split organize organise arrange bucket "
      "categorize cluster" },

    { AIR_WORD_ENTITYG,
      "noun nouns verb verbs adjective adjectives adverb adverbs subject "
      "object predicate pronoun pronouns keywords keyword names "
      "conjunction preposition" },

    { AIR_WORD_ABOUT,
      "about" },

    { AIR_WORD_OTHERS,
      "others one rest" },

    { AIR_WORD_WOULD,
      "would" },

    { AIR_WORD_USING,
      "using with via in" },

    { AIR_WORD_ANOTHER,
      "another different better other" },

    { AIR_WORD_WAY,
      "way wording phrasing" },

    { AIR_WORD_CONTAIN,
      "contain contains express expresses convey conveys imply implies "
      "have sound" },

    { AIR_WORD_AN,
      "a an" },

    { AIR_WORD_CODEX,
      "function functions code script snippet algorithm query program "
      "subroutine" },

    { AIR_WORD_CODEK,
      "def elif printf println const void struct stdout cout endl" },

    { AIR_WORD_REGULAR,
      "regular" },

    { AIR_WORD_EXPR,
      "expression expressions" },

    { AIR_WORD_SCRIPT,
      "script" },

    { AIR_WORD_FILM,
      "movie film play video podcast youtube scene tv show comedy" },

    { AIR_WORD_UNCERTAIN,
      "uncertain unknown undetermined unclear" },

    { AIR_WORD_UNIT,
      "miles km kilometers kilometres pounds kg kilograms celsius "
      "fahrenheit inches feet meters metres liters litres ounces grams "
      "gallons cm mm mph" },

    { AIR_WORD_NEXT,
      "next" },

    { AIR_WORD_LISTW,
      "list options following" },

    { AIR_WORD_SAYS,
      "say says talk talking discuss saying argue" },

    { AIR_WORD_ABSTRACT,
      "abstract summary overview" },

    { AIR_WORD_READW,
      "read consider analyze review" },

    { AIR_WORD_EDITV,
      "replace remove combine merge delete capitalize punctuate expand "
      "lengthen join reverse reorder split" },

    { AIR_WORD_WORDW,
      "word words phrase contractions pronoun pronouns" },

    { AIR_WORD_ADDV,
      "add insert" },

    { AIR_WORD_ITW,
      "this that it" },

    { AIR_WORD_MC,
      "best correct appropriate suitable likely plausible" },
    { AIR_WORD_NONE, NULL }
};


/* The slot of a hash, or the free one where it belongs. */
static unsigned
air_task_slot(const air_task_words_t *words, uint32_t hash)
{
    unsigned  i;

    i = (hash ^ hash >> 16) % AIR_TASK_SLOTS;

    while (words->slot[i].class[0] != 0 && words->slot[i].hash != hash) {
        i = (i + 1) % AIR_TASK_SLOTS;
    }

    return i;
}


static void
air_task_word_add(air_task_words_t *words, uint32_t hash, uint8_t class)
{
    unsigned          i;
    air_task_slot_t  *slot;

    slot = &words->slot[air_task_slot(words, hash)];
    slot->hash = hash;

    for (i = 0; i < sizeof(slot->class); i++) {

        if (slot->class[i] == class) {
            return;
        }

        if (slot->class[i] == 0) {
            slot->class[i] = class;
            return;
        }
    }
}


void
air_task_words(air_task_words_t *words)
{
    unsigned                i, n, class;
    uint32_t                hash;
    const char             *p;
    const air_word_list_t  *list;

    memset(words, 0, sizeof(air_task_words_t));

    for (list = air_task_lists; list->words != NULL; list++) {

        hash = AIR_TASK_HASH;

        for (p = list->words; /* void */ ; p++) {

            if (*p != ' ' && *p != '\0') {
                hash = air_task_hash(hash, *p);
                continue;
            }

            air_task_word_add(words, hash, list->class);
            hash = AIR_TASK_HASH;

            if (*p == '\0') {
                break;
            }
        }
    }

    n = 0;

    for (class = 0; class <= 256; class++) {

        words->first[class] = (uint16_t) n;

        for (i = 0; i < air_task_nrule; i++) {
            if (air_task_rules[i].b == class) {
                words->rule[n++] = (uint8_t) i;
            }
        }
    }
}


const uint8_t *
air_task_word(const air_task_words_t *words, uint32_t hash)
{
    const air_task_slot_t  *slot;

    slot = &words->slot[air_task_slot(words, hash)];

    return slot->class[0] != 0 ? slot->class : NULL;
}
